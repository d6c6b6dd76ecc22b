struct opaque;
struct point { double x, y; };
struct mixed { char c; struct point p; unsigned low : 3; union { int i; float f; }; int list[2]; };
enum color { RED, GREEN = 7 };
typedef struct opaque *handle;
handle open_it(const char *name, enum color c);
struct point move(struct point p, struct mixed *m, int (*f)(void *, long));
int say(const char *format, ...);
int old();
static inline int inside(void) { return 1; }
#define TEXT "text"
#define LIMIT 5
#define HALF 0.5
