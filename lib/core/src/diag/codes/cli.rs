//! The codes of what goes wrong around the work: files, streams, flags.

use crate::diag::codes::codes;

codes! {
    C0001 "", "no such file",
    "The operand names a file that does not exist, or a folder on the way to it does not. Check the spelling and the \
     current folder. A file that is really called `-` is written `./-`.";

    C0002 "", "input cannot be read",
    "The system refused to open or to read the file. Its own reason is part of the message, such as missing \
     permission, a device that fails, or a network file system that went away.";

    C0003 "", "input is a folder",
    "The operand names a folder where a file is expected. Only a tool that can recurse accepts folders, and \
     only with a flag such as `-r`.";

    C0004 "", "input would be read from the terminal",
    "No file was named, or `-` was, and standard input is a terminal: the tool would wait for a module to be typed. \
     Name a file, or connect a pipe: `vbc-as a.vitasm | vbc-run -`.";

    C0005 "", "standard input is named twice",
    "Standard input can be read only once. Name it as one operand only and put the other inputs into files.";

    C0006 "", "input is too large",
    "The file, or what it decompresses to, is larger than any module may be. The limit protects the machine from \
     hostile input; `--limits` prints it.";

    C0007 "", "zstd data is broken",
    "The file starts with the mark of zstd but does not decompress: it is truncated, damaged, followed by other \
     bytes, or needs a window larger than 128 MiB (`zstd --long` beyond 27). Make it again, or decompress it with \
     `zstd -d` to see what that program reports.";

    C0008 "", "zstd data expands too far",
    "The file decompresses to more than 64 MiB and more than 1000 times its size. Real modules do not; the limit \
     stops files that were made to fill the memory. Decompress such a file with `zstd -d` first if it is yours.";

    C0009 "", "output cannot be written",
    "The system refused to create, write or rename the output. Its own reason is part of the message, such as a full \
     disk, missing permission, or a folder that does not exist. Nothing half-written is left behind, and a file that was \
     there before is untouched.";

    C0010 "", "binary output would go to the terminal",
    "The result is binary, and standard output is a terminal, which it would confuse. Write it to a file with `-o`, \
     connect a pipe, or insist with `--force`.";

    C0011 "", "unknown diagnostic code",
    "`--explain` was given a code that no tool prints. Codes are a letter and four digits, such as `V0137`; \
     `docs/diagnostics.md` lists them all.";

    C0012 "", "internal error",
    "The tool failed in a way that its authors did not foresee. The input is not to blame, whatever it is; please \
     report the message together with the input.";

    C0013 "", "a response file is not understood",
    "A word `@FILE` stands for the words in the file. They are separated by white space; what is between quotes is one \
     word, and after a backslash the next character is taken as it is. A quote must be closed. Response files may name \
     each other at most 16 deep and have at most 64 MiB and 1,048,576 words together, where one that is named twice \
     counts twice. They are UTF-8; a byte order mark at the beginning is skipped. A file whose name begins with `@` is written `./@name`.";

    C0014 "", "out of memory",
    "The system has no more memory to give, or the work of reading, verifying and compiling a module needed more than \
     `--max-memory` allows, which is that much and 256 MiB. The tool ends at once with exit code 71. Files that it was \
     writing are not replaced.";

    C0018 "", "the command line is wrong",
    "A flag is not known, lacks its value, has a value that it does not accept, or cannot be combined with another. \
     Without `--json` this is reported in the usual form, without a code. `--help` shows the flags with examples.";
}
