// java -Dlibrary=PATH Calls KIND COUNT

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;

public final class Calls {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBRARY =
            SymbolLookup.libraryLookup(Path.of(System.getProperty("library")), Arena.global());
    private static final FunctionDescriptor CALLBACK = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
    // The compiler knows what is behind them because they are constants.
    private static final MethodHandle NEXT = handle("next", FunctionDescriptor.of(JAVA_DOUBLE, JAVA_DOUBLE));
    private static final MethodHandle MIX =
            handle("mix", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_DOUBLE, JAVA_LONG));
    private static final MethodHandle REPEAT =
            handle("repeat", FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG));

    private static MethodHandle handle(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(LIBRARY.find(name).orElseThrow(), type);
    }

    private static int increment(int x) {
        return x + 1;
    }

    private static long one(long n) throws Throwable {
        double x = 0;
        for (long i = 0; i < n; i++) x = (double) NEXT.invokeExact(x);
        return (long) x;
    }

    private static long four(long n) throws Throwable {
        long sum = 0;
        for (long i = 0; i < n; i++) sum = (long) MIX.invokeExact(0, sum, 1.0, 0L);
        return sum;
    }

    private static long callback(long n) throws Throwable {
        MethodHandle increment =
                MethodHandles.lookup()
                        .findStatic(Calls.class, "increment", MethodType.methodType(int.class, int.class));
        return (long) REPEAT.invokeExact(LINKER.upcallStub(increment, CALLBACK, Arena.global()), n);
    }

    private static long loop(long n) {
        long i = 0;
        while (i < n) i++;
        return i;
    }

    public static void main(String[] words) throws Throwable {
        long n = Long.parseLong(words[1]);
        long sum =
                switch (words[0]) {
                    case "one" -> one(n);
                    case "four" -> four(n);
                    case "callback" -> callback(n);
                    default -> loop(n);
                };
        System.out.println(sum);
    }
}
