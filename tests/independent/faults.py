"""The three answers other than success that this implementation gives."""


class Invalid(Exception):
    """The file is not a valid module; the text says which rule it breaks."""


class NotCovered(Exception):
    """The file or the program needs something that this implementation leaves out. It does not guess."""


class Trap(Exception):
    """The program trapped; the text is the message of docs/instructions.md, section 4."""


def require(condition: bool, message: str) -> None:
    """Raises Invalid with `message` unless `condition` holds."""
    if not condition:
        raise Invalid(message)
