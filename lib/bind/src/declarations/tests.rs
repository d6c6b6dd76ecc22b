//! Declarations in every form, and what is none.

use super::*;

/// The functions that a text declares, as they are shown.
fn functions(text: &str) -> Vec<String> {
    let declared = Declarations::read(text);
    let shown = declared.functions.iter().map(|function| {
        let text = function.text.as_deref().unwrap_or("several");
        format!("{}: {text}", function.name)
    });
    shown.collect()
}

fn function(text: &str) -> String {
    let found = functions(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found.concat()
}

#[test]
fn functions_are_found_in_every_form() {
    for (text, shown) in [
        ("int f(void);", "f: int f(void)"),
        (
            "extern int compress (Bytef *dest , const Bytef * __restrict source) ;",
            "compress: int compress(Bytef *dest, const Bytef *source)",
        ),
        ("f();", "f: f()"),
        ("int (f)(int);", "f: int (f)(int)"),
        ("size_t (f)(int);", "f: size_t(f)(int)"),
        ("size_t f(int);", "f: size_t f(int)"),
        (
            "void (*signal(int sig, void (*func)(int)))(int);",
            "signal: void (*signal(int sig, void (*func)(int)))(int)",
        ),
        ("handler *(*f(void))[3];", "f: handler *(*f(void))[3]"),
        (
            "struct tm *f(const time_t *);",
            "f: struct tm *f(const time_t *)",
        ),
        (
            "unsigned f(unsigned (int));",
            "f: unsigned f(unsigned (int))",
        ),
        (
            "__extension__ extern long f (int) __asm__ (\"\" \"f64\") __attribute__ ((__nothrow__ , __leaf__)) __attribute__ ((x(1)));",
            "f: long f(int)",
        ),
        (
            "[[nodiscard]] static inline int f(int a[static 4]) { if (a) { g(1); } return 0; }",
            "f: int f(int a[4])",
        ),
        ("_Noreturn void f(void);", "f: void f(void)"),
        (
            "__typeof__(int (*)(void)) f(void);",
            "f: __typeof__(int (*)(void)) f(void)",
        ),
        ("_Atomic(int) *f(void);", "f: _Atomic(int) *f(void)"),
        (
            "_BitInt(37) f(_BitInt(37) x);",
            "f: _BitInt(37) f(_BitInt(37) x)",
        ),
        (
            "enum e { A, B } f(struct s { int x; } *);",
            "f: enum e { .. } f(struct s { .. } *)",
        ),
        ("int f(int, ...);", "f: int f(int, ...)"),
        ("int größe(void);", "größe: int größe(void)"),
        ("void f(char c, int);", "f: void f(char c, int)"),
    ] {
        assert_eq!(function(text), shown, "{text}");
    }
    assert_eq!(
        functions("int f(void), x, *g(int);"),
        ["f: several", "g: several"]
    );
    let body = "int f(void) { return 0; } int g(void);";
    assert_eq!(functions(body), ["f: int f(void)", "g: int g(void)"]);
    let bodies = "struct s { int (*f)(int); } x; int a[] = { 1, 2 }; int h(void);";
    assert_eq!(functions(bodies), ["h: int h(void)"]);
}

#[test]
fn what_is_no_function() {
    for text in [
        "int x;",
        "int (*f)(void);",
        "int (*f[3])(void);",
        "handler (*f)(void);",
        "typedef int f(void);",
        "typedef int (*f)(void);",
        "_Static_assert(sizeof(int) == 4, \"f(\");",
        "int x = f(1);",
        "char c = '(', *s = \"f();\\\"\";",
        "struct f { int x; };",
        "enum { A = sizeof(int), B };",
        "struct s { int f(void); };",
        ";;",
        "",
        // Nothing that a compiler takes, and nothing to fall over.
        ")]}",
        "int f(",
        "int (((",
        "{{[(",
        "struct",
        "enum e :",
        "\"",
        "'\\",
    ] {
        assert_eq!(functions(text), [""; 0], "{text}");
    }
    let deep = "(".repeat(10_000) + &")".repeat(10_000);
    assert_eq!(functions(&format!("int {deep};")), [""; 0]);
}

#[test]
fn types_tags_and_enumerators() {
    let declared = Declarations::read(
        "typedef struct node { struct node *next; } node, *list;\n\
         typedef int (*compare)(const void *, const void *);\n\
         typedef unsigned char block[16];\n\
         union u { int a; }; struct mentioned; enum later;\n\
         enum __attribute__((packed)) color : unsigned char { RED, GREEN = 1 << (2), BLUE __attribute__((x)) = RED, };\n\
         struct outer { enum { INNER = f(A, B) } e; };\n",
    );
    let types: Vec<&str> = declared.types.iter().map(String::as_str).collect();
    assert_eq!(types, ["block", "compare", "list", "node"]);
    let tags = |name: &str| declared.tags.get(name).copied();
    assert_eq!(tags("node"), Some(Tag::Struct));
    assert_eq!(tags("u"), Some(Tag::Union));
    assert_eq!(tags("color"), Some(Tag::Enum));
    assert_eq!(tags("mentioned"), Some(Tag::Struct));
    assert_eq!(tags("later"), Some(Tag::Enum));
    assert_eq!(tags("compare"), None);
    assert_eq!(declared.enumerators, ["RED", "GREEN", "BLUE", "INNER"]);
}

#[test]
fn macros() {
    let declared = Declarations::read(
        "# 0 \"<built-in>\"\n#define __GNUC__ 12\n# 0 \"<command-line>\"\n#define GIVEN 1\n\
         # 1 \"<vbc-bind>\"\n# 1 \"x.h\" 1\n#define A 1\n#define F(x) x\n#define P (1)\n#define EMPTY\n\
         #define GONE 1\n#undef GONE\n#define A 2\n# 3 \"<vbc-bind>\" 2\n",
    );
    let shown = declared.macros.iter().map(|one| {
        let words = [
            (one.is_of_file, "file"),
            (one.has_parameters, "parameters"),
            (one.has_body, "body"),
        ];
        let words = words.iter().filter(|(has, _)| *has).map(|(_, word)| *word);
        [one.name.as_str()]
            .into_iter()
            .chain(words)
            .collect::<Vec<_>>()
            .join(" ")
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            "__GNUC__ body",
            "GIVEN body",
            "F file parameters body",
            "P file body",
            "EMPTY file",
            "A file body"
        ]
    );
}

#[test]
fn each_function_is_in_its_file() {
    let declared = Declarations::read(
        "# 1 \"<vbc-bind>\"\n# 1 \"/usr/include/predefined.h\" 1 3 4\n# 1 \"<vbc-bind>\" 2\n\
         struct vbc_mark_0;\n# 1 \"/inc/first.h\" 1\nint a(void);\n# 3 \"<vbc-bind>\" 2\n\
         struct vbc_mark_1;\n# 1 \"/inc/own \\\"\\303\\251\\\\.h\" 1\nint b(void);\n# 1 \"/inc/bits/more.h\" 1\n\
         int c(void);\n# 2 \"/inc/own.h\" 2\n#line 7 \"template.in\"\nint d(void);\n# 5 \"<vbc-bind>\" 2\n\
         struct vbc_mark_2;\nint e(void);\n",
    );
    let file = |name: &str| {
        let function = declared.function(name).unwrap_or_else(|| panic!("{name}"));
        declared.files[function.file].as_str()
    };
    assert_eq!(file("a"), "/inc/first.h");
    assert_eq!(file("b"), "/inc/own \"é\\.h");
    assert_eq!(file("c"), "/inc/bits/more.h");
    assert_eq!(file("d"), file("b"));
    assert_eq!(file("e"), "<vbc-bind>");
    let headers = declared.headers.iter();
    let headers: Vec<_> = headers
        .map(|(mark, file)| (*mark, declared.files[*file].as_str()))
        .collect();
    assert_eq!(headers, [(0, "/inc/first.h"), (1, file("b"))]);
    let more = declared.function("c").expect("declared").file;
    for (suffix, is_it) in [
        ("more.h", true),
        ("bits/more.h", true),
        ("./bits/more.h", true),
        ("/inc/bits/more.h", true),
        ("ore.h", false),
        ("its/more.h", false),
        ("other.h", false),
    ] {
        assert_eq!(declared.is_file(more, suffix), is_it, "{suffix}");
    }
}
