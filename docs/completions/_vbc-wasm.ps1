
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'vbc-wasm' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'vbc-wasm'
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
        'vbc-wasm' {
            [CompletionResult]::new('--emit', '--emit', [CompletionResultType]::ParameterName, 'What to write: the binary form or the text form')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Where deterministic random numbers begin')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--error-limit', '--error-limit', [CompletionResultType]::ParameterName, 'Stop printing after this many errors; 0 prints all')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Explain a diagnostic code such as V0137, with an example, and exit')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Lower one of the limits, for tests')
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Print the man page or the completions for a shell, and exit')
            [CompletionResult]::new('--reactor', '--reactor', [CompletionResultType]::ParameterName, 'Make a library, whose _initialize the host calls first, instead of a command')
            [CompletionResult]::new('--single-memory', '--single-memory', [CompletionResultType]::ParameterName, 'Use the program''s own memory for WASI, too, for engines that have only one')
            [CompletionResult]::new('--keep-native', '--keep-native', [CompletionResultType]::ParameterName, 'Leave functions of C libraries to the host, as imports in which pointers are 64-bit integers')
            [CompletionResult]::new('--mem64', '--mem64', [CompletionResultType]::ParameterName, 'Give a program with a 32-bit memory a 64-bit one')
            [CompletionResult]::new('--deterministic', '--deterministic', [CompletionResultType]::ParameterName, 'Make clocks, randomness and NaNs the same in every run')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'Add files, lines and functions for debuggers')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Add files, lines and functions for debuggers')
            [CompletionResult]::new('--strip', '--strip', [CompletionResultType]::ParameterName, 'Leave out names')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write binary output even to a terminal')
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
