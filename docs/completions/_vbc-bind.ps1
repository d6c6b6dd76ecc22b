
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'vbc-bind' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'vbc-bind'
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
        'vbc-bind' {
            [CompletionResult]::new('--lib', '--lib', [CompletionResultType]::ParameterName, 'The library that has the functions, as the dynamic linker knows it: libz.so.1')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Take all functions that an included header declares, by the end of its path: bits/mathcalls.h; may be repeated')
            [CompletionResult]::new('--const', '--const', [CompletionResultType]::ParameterName, 'Take a constant, a macro or an enumerator, or all that match ''Z_*''; may be repeated')
            [CompletionResult]::new('--enum', '--enum', [CompletionResultType]::ParameterName, 'Take all enumerators of an enum; may be repeated')
            [CompletionResult]::new('--struct', '--struct', [CompletionResultType]::ParameterName, 'Take the size of a struct or a union, and the offsets of its fields; may be repeated')
            [CompletionResult]::new('--ptr', '--ptr', [CompletionResultType]::ParameterName, 'Take parameters that point to a type for ptr, which the program does not look into; may be repeated')
            [CompletionResult]::new('--buf', '--buf', [CompletionResultType]::ParameterName, 'Take parameters that point to a type for buf, memory of the program; may be repeated')
            [CompletionResult]::new('--errno', '--errno', [CompletionResultType]::ParameterName, 'Have a function return errno, too, or all that match; may be repeated')
            [CompletionResult]::new('--blocking', '--blocking', [CompletionResultType]::ParameterName, 'Have a function called on a thread of its own, as it may wait, or all that match; may be repeated')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'Put something before every name in the text')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default')
            [CompletionResult]::new('--cc', '--cc', [CompletionResultType]::ParameterName, 'The C compiler; by default what the variable CC says, or cc')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Include another header first; may be repeated')
            [CompletionResult]::new('-I', '-I ', [CompletionResultType]::ParameterName, 'Look for headers in a folder; may be repeated')
            [CompletionResult]::new('-D', '-D ', [CompletionResultType]::ParameterName, 'Define a macro; may be repeated')
            [CompletionResult]::new('--cflag', '--cflag', [CompletionResultType]::ParameterName, 'Give the compiler a flag, such as -std=c99; may be repeated')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--error-limit', '--error-limit', [CompletionResultType]::ParameterName, 'Stop printing after this many errors; 0 prints all')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Explain a diagnostic code such as V0137, with an example, and exit')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Lower one of the limits, for tests')
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Print the man page or the completions for a shell, and exit')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Take all functions that the header itself declares')
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
