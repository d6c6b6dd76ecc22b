
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'vbc-jit' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'vbc-jit'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'vbc-jit' {
            [CompletionResult]::new('--invoke', '--invoke', [CompletionResultType]::ParameterName, 'Call this function instead of the entry, with arguments of its types, and print its results')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Let the program read this file as its standard input')
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Give the program this folder with all that is in it, under the name after ::, or else as it is written here')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Give the program an environment variable: NAME=VALUE, or NAME with the value that it has here')
            [CompletionResult]::new('--native', '--native', [CompletionResultType]::ParameterName, 'Let the program call functions of this C library, which it names so, and which is where the system finds it or at PATH; they can do whatever this process can do')
            [CompletionResult]::new('--fuel', '--fuel', [CompletionResultType]::ParameterName, 'Stop with exit code 124 after so many units of fuel: taken backward branches, calls, and pieces of 4 KiB moved at once')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Stop with exit code 124 after this time, such as 500ms, 10s or 2m; seconds without a unit')
            [CompletionResult]::new('--max-memory', '--max-memory', [CompletionResultType]::ParameterName, 'Let memory and tables together grow to this size at most, such as 64M or 2G; an element of a table counts 8 bytes')
            [CompletionResult]::new('--max-stack', '--max-stack', [CompletionResultType]::ParameterName, 'Use a call stack of this size; deeper recursion traps')
            [CompletionResult]::new('--max-heap', '--max-heap', [CompletionResultType]::ParameterName, 'Let managed objects take this much at most, such as 64M or 2G, and no more than --max-memory leaves')
            [CompletionResult]::new('--gc', '--gc', [CompletionResultType]::ParameterName, 'How room is made for managed objects: none frees nothing')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Have the Linux kernel bound the whole process as well: no files but those of --dir, no network, no other programs; with try, as far as the kernel can')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Start the random numbers with this number, so that they are the same each time')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write to a file, as JSON, how the run ended')
            [CompletionResult]::new('--emit', '--emit', [CompletionResultType]::ParameterName, 'Print compiled functions instead of running the program')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Print this function only')
            [CompletionResult]::new('--opt', '--opt', [CompletionResultType]::ParameterName, 'How hard to try for fast code')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--error-limit', '--error-limit', [CompletionResultType]::ParameterName, 'Stop printing after this many errors; 0 prints all')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Explain a diagnostic code such as V0137, with an example, and exit')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Lower one of the limits, for tests')
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Print the man page or the completions for a shell, and exit')
            [CompletionResult]::new('--inherit-env', '--inherit-env', [CompletionResultType]::ParameterName, 'Give the program all environment variables')
            [CompletionResult]::new('--native-any', '--native-any', [CompletionResultType]::ParameterName, 'Let the program call functions of any C library')
            [CompletionResult]::new('--deterministic', '--deterministic', [CompletionResultType]::ParameterName, 'Make runs the same bit for bit: clocks count, random numbers start with 0 unless --seed says otherwise, all NaNs are the same, files have no times')
            [CompletionResult]::new('--no-demangle', '--no-demangle', [CompletionResultType]::ParameterName, 'Show the names of functions in backtraces as the module has them, not as sources of Rust and C++ have them')
            [CompletionResult]::new('--stats', '--stats', [CompletionResultType]::ParameterName, 'Print what compiling took and gave to standard error')
            [CompletionResult]::new('--perf-map', '--perf-map', [CompletionResultType]::ParameterName, 'Tell profilers such as perf where each function lies, in /tmp/perf-PID.map')
            [CompletionResult]::new('--gdb', '--gdb', [CompletionResultType]::ParameterName, 'Tell gdb where each function lies')
            [CompletionResult]::new('--no-signals', '--no-signals', [CompletionResultType]::ParameterName, 'Find traps by tests in the code instead of signals, and leave the process''s signals alone')
            [CompletionResult]::new('--no-guard-pages', '--no-guard-pages', [CompletionResultType]::ParameterName, 'Check every address instead of surrounding memory with unusable pages')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only: no warnings, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only: no warnings, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say on standard error what is done, and how long it takes; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say on standard error what is done, and how long it takes; repeat for more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print diagnostics as JSON, one object a line; the result too where the tool has a JSON form')
            [CompletionResult]::new('--limits', '--limits', [CompletionResultType]::ParameterName, 'Print the limits that input must keep, and exit')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
