# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_jit_global_optspecs
    string join \n o/output= json no-input context= server= store= color= v/verbose log= h/help V/version
end

function __fish_jit_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_jit_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_jit_using_subcommand
    set -l cmd (__fish_jit_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c jit -n "__fish_jit_needs_command" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_needs_command" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_needs_command" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_needs_command" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_needs_command" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_needs_command" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_needs_command" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_needs_command" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_needs_command" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_needs_command" -s V -l version -d 'Print version'
complete -c jit -n "__fish_jit_needs_command" -f -a "request" -d 'Ask for a role'
complete -c jit -n "__fish_jit_needs_command" -f -a "approve" -d 'Say yes to requests'
complete -c jit -n "__fish_jit_needs_command" -f -a "deny" -d 'Say no to requests'
complete -c jit -n "__fish_jit_needs_command" -f -a "cancel" -d 'Take back requests of your own that nobody has decided yet'
complete -c jit -n "__fish_jit_needs_command" -f -a "list" -d 'List requests: everything open that you may see, the newest first'
complete -c jit -n "__fish_jit_needs_command" -f -a "show" -d 'Show one request, from the asking to the end of the access'
complete -c jit -n "__fish_jit_needs_command" -f -a "replay" -d 'Play what a session under a grant showed'
complete -c jit -n "__fish_jit_needs_command" -f -a "wait" -d 'Wait for the decision on a request, for its first use, or for its end'
complete -c jit -n "__fish_jit_needs_command" -f -a "watch" -d 'Watch what happens: what waits for a decision, live access with the time left, decisions and alerts'
complete -c jit -n "__fish_jit_needs_command" -f -a "extend" -d 'Ask for more time for access that you hold'
complete -c jit -n "__fish_jit_needs_command" -f -a "revoke" -d 'End access before its time'
complete -c jit -n "__fish_jit_needs_command" -f -a "debrief" -d 'Say that you have looked at what somebody did by break-glass'
complete -c jit -n "__fish_jit_needs_command" -f -a "reconcile" -d 'Compare every target with the records, and end what no open grant has'
complete -c jit -n "__fish_jit_needs_command" -f -a "roles" -d 'List the roles that you may request or decide'
complete -c jit -n "__fish_jit_needs_command" -f -a "explain" -d 'Tell whether you may have a role: how long, who decides, what is missing'
complete -c jit -n "__fish_jit_needs_command" -f -a "exec" -d 'Run a command with the access; with `--request`, it is released when the command ends'
complete -c jit -n "__fish_jit_needs_command" -f -a "env" -d 'Use a request, and print its variables: for `eval`, or for another tool to read'
complete -c jit -n "__fish_jit_needs_command" -f -a "credential" -d 'Get a native credential of the target, which ends by itself with the access'
complete -c jit -n "__fish_jit_needs_command" -f -a "login" -d 'Log in to a server with a one-time code, once on each machine'
complete -c jit -n "__fish_jit_needs_command" -f -a "logout" -d 'End the session, on the server and here'
complete -c jit -n "__fish_jit_needs_command" -f -a "whoami" -d 'Tell who you are to jit, and until when'
complete -c jit -n "__fish_jit_needs_command" -f -a "context" -d 'The servers and local stores that you switch between'
complete -c jit -n "__fish_jit_needs_command" -f -a "backend" -d 'Programs that put jit\'s command line in front of another system, see jit-backend(7)'
complete -c jit -n "__fish_jit_needs_command" -f -a "policy" -d 'Policies: which roles exist, who may ask, who decides, how long'
complete -c jit -n "__fish_jit_needs_command" -f -a "provider" -d 'Programs that grant access on a target and take it away, see jit-provider(7)'
complete -c jit -n "__fish_jit_needs_command" -f -a "audit" -d 'The log of every step and every refusal, and the proof that it is complete'
complete -c jit -n "__fish_jit_needs_command" -f -a "alert" -d 'Look at what the server has raised an alert for, and say what came out'
complete -c jit -n "__fish_jit_needs_command" -f -a "delivery" -d 'Look after the channels that a server tells what happens, for administrators'
complete -c jit -n "__fish_jit_needs_command" -f -a "evidence" -d 'What an ISO/IEC 27001 auditor asks of access, as one file that proves itself'
complete -c jit -n "__fish_jit_needs_command" -f -a "delegation" -d 'Let somebody else decide in your place for a while'
complete -c jit -n "__fish_jit_needs_command" -f -a "ticket" -d 'Tickets that access hangs on, for services and administrators'
complete -c jit -n "__fish_jit_needs_command" -f -a "training" -d 'What you have to have learned and agreed to before access is yours'
complete -c jit -n "__fish_jit_needs_command" -f -a "user" -d 'People and services of the server, and roles in jit itself, for administrators'
complete -c jit -n "__fish_jit_needs_command" -f -a "contractor" -d 'People from outside: for whom they work, until when, and who answers for them'
complete -c jit -n "__fish_jit_needs_command" -f -a "review" -d 'Look at who has which right, at intervals, and take away what nobody needs'
complete -c jit -n "__fish_jit_needs_command" -f -a "serve" -d 'Run a server'
complete -c jit -n "__fish_jit_needs_command" -f -a "guard" -d 'Run by sshd on a target host: end a session when its access ends'
complete -c jit -n "__fish_jit_needs_command" -f -a "collect" -d 'Run on a target host: deliver to the server what was done there under grants'
complete -c jit -n "__fish_jit_needs_command" -f -a "doctor" -d 'Check each part that jit needs here, and say how to mend it'
complete -c jit -n "__fish_jit_needs_command" -f -a "demo" -d 'Walk through the main job on this machine: a server in a temporary folder, a contractor, an approver'
complete -c jit -n "__fish_jit_needs_command" -f -a "completion" -d 'Print the completion script of a shell; it completes live ids, too'
complete -c jit -n "__fish_jit_needs_command" -f -a "version" -d 'Print the version, and what it was built for'
complete -c jit -n "__fish_jit_needs_command" -f -a "help" -d 'Explain a command, `exit-codes` or `environment`'
complete -c jit -n "__fish_jit_using_subcommand request" -l on -d 'Which resource; needed where the role has several. Given again: a request for each' -r
complete -c jit -n "__fish_jit_using_subcommand request" -l for -d 'How long, from the first use: 90s, 45m, 2h, 1d, 1h30m' -r
complete -c jit -n "__fish_jit_using_subcommand request" -l reason -d 'Why, for whoever decides and for the log' -r
complete -c jit -n "__fish_jit_using_subcommand request" -l ticket -d 'The ticket that this is for' -r
complete -c jit -n "__fish_jit_using_subcommand request" -l start -d 'Begin then, such as 2026-11-21T18:05:00Z, instead of at the first use' -r
complete -c jit -n "__fish_jit_using_subcommand request" -l wait -d 'Wait for the decision, at most that long where a duration is given' -r
complete -c jit -n "__fish_jit_using_subcommand request" -l idempotency-key -d 'Any text of yours: the same one again is the same request, not a second' -r
complete -c jit -n "__fish_jit_using_subcommand request" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand request" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand request" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand request" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand request" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand request" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand request" -l break-glass -d 'In an emergency: without an approval, for a short time, announced and debriefed'
complete -c jit -n "__fish_jit_using_subcommand request" -l once -d 'For one credential only, such as one connection'
complete -c jit -n "__fish_jit_using_subcommand request" -l dry-run -d 'Say what would happen, and file nothing'
complete -c jit -n "__fish_jit_using_subcommand request" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand request" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand request" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand request" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand approve" -l max -d 'Grant at most that long' -r
complete -c jit -n "__fish_jit_using_subcommand approve" -l only -d 'Only where it is for this resource; leave the others undecided' -r
complete -c jit -n "__fish_jit_using_subcommand approve" -l comment -d 'A word to the requester, kept in the log' -r
complete -c jit -n "__fish_jit_using_subcommand approve" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand approve" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand approve" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand approve" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand approve" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand approve" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand approve" -s y -l yes -d 'Do not ask for confirmation on a terminal'
complete -c jit -n "__fish_jit_using_subcommand approve" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand approve" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand approve" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand deny" -l comment -d 'Why, for the requester and for the log' -r
complete -c jit -n "__fish_jit_using_subcommand deny" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand deny" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand deny" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand deny" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand deny" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand deny" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand deny" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand deny" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand deny" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand deny" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand cancel" -l comment -d 'Why, for the log' -r
complete -c jit -n "__fish_jit_using_subcommand cancel" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand cancel" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand cancel" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand cancel" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand cancel" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand cancel" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand cancel" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand cancel" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand cancel" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand list" -l limit -d 'At most that many, 1 to 500' -r
complete -c jit -n "__fish_jit_using_subcommand list" -l after -d 'Go on after the end of a page, with the `next` that it named' -r
complete -c jit -n "__fish_jit_using_subcommand list" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand list" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand list" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand list" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand list" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand list" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand list" -l mine -d 'Your own that are not over'
complete -c jit -n "__fish_jit_using_subcommand list" -l to-approve -d 'What waits for your decision'
complete -c jit -n "__fish_jit_using_subcommand list" -l active -d 'Access that exists now'
complete -c jit -n "__fish_jit_using_subcommand list" -l pending -d 'What nobody has decided yet'
complete -c jit -n "__fish_jit_using_subcommand list" -l debriefs -d 'Break-glass that nobody has looked at yet'
complete -c jit -n "__fish_jit_using_subcommand list" -l history -d 'Everything, over or not'
complete -c jit -n "__fish_jit_using_subcommand list" -l watch -d 'Stay and show changes until Ctrl-C; without a terminal, each change is printed as it comes'
complete -c jit -n "__fish_jit_using_subcommand list" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand list" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand list" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand show" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand show" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand show" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand show" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand show" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand show" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand show" -l activity -d 'What was done under the grant instead: recordings and statements that hosts delivered'
complete -c jit -n "__fish_jit_using_subcommand show" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand show" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand show" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand replay" -l speed -d 'How many times faster, such as 2 or 0.5' -r
complete -c jit -n "__fish_jit_using_subcommand replay" -l max-pause -d 'The longest that nothing happens' -r
complete -c jit -n "__fish_jit_using_subcommand replay" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand replay" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand replay" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand replay" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand replay" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand replay" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand replay" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand replay" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand replay" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand wait" -l for -d 'What to wait for' -r -f -a "approved\t'Somebody decided: approved, or over'
active\t'The access is in use'
ended\t'The access is gone, read back from the target'"
complete -c jit -n "__fish_jit_using_subcommand wait" -l timeout -d 'At most that long' -r
complete -c jit -n "__fish_jit_using_subcommand wait" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand wait" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand wait" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand wait" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand wait" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand wait" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand wait" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand wait" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand wait" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand watch" -l tail -d 'Begin with what is among the last that many events of the log' -r
complete -c jit -n "__fish_jit_using_subcommand watch" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand watch" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand watch" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand watch" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand watch" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand watch" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand watch" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand watch" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand watch" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand extend" -l for -d 'How much longer: 90s, 45m, 2h, 1d, 1h30m' -r
complete -c jit -n "__fish_jit_using_subcommand extend" -l reason -d 'Why, for whoever decides and for the log' -r
complete -c jit -n "__fish_jit_using_subcommand extend" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand extend" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand extend" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand extend" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand extend" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand extend" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand extend" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand extend" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand extend" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand extend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand revoke" -l user -d 'All of that user' -r
complete -c jit -n "__fish_jit_using_subcommand revoke" -l role -d 'All for that role' -r
complete -c jit -n "__fish_jit_using_subcommand revoke" -l comment -d 'Why, for the log' -r
complete -c jit -n "__fish_jit_using_subcommand revoke" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand revoke" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand revoke" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand revoke" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand revoke" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand revoke" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand revoke" -l mine -d 'All of your own'
complete -c jit -n "__fish_jit_using_subcommand revoke" -l all -d 'All there are'
complete -c jit -n "__fish_jit_using_subcommand revoke" -l if-exists -d 'An ID that is not there is no failure; where none is named, nothing to revoke never is one'
complete -c jit -n "__fish_jit_using_subcommand revoke" -s y -l yes -d 'Do not ask for confirmation'
complete -c jit -n "__fish_jit_using_subcommand revoke" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand revoke" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand revoke" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand debrief" -l comment -d 'What you found, kept in the log' -r
complete -c jit -n "__fish_jit_using_subcommand debrief" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand debrief" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand debrief" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand debrief" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand debrief" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand debrief" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand debrief" -l ok -d 'It was right'
complete -c jit -n "__fish_jit_using_subcommand debrief" -l flag -d 'Something is to be followed up'
complete -c jit -n "__fish_jit_using_subcommand debrief" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand debrief" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand debrief" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand debrief" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand reconcile" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand reconcile" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand reconcile" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand reconcile" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand reconcile" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand reconcile" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand reconcile" -l dry-run -d 'Look, and end nothing'
complete -c jit -n "__fish_jit_using_subcommand reconcile" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand reconcile" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand reconcile" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand reconcile" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand roles" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand roles" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand roles" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand roles" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand roles" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand roles" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand roles" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand roles" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand roles" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand roles" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand explain" -l on -d 'On which resource' -r
complete -c jit -n "__fish_jit_using_subcommand explain" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand explain" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand explain" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand explain" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand explain" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand explain" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand explain" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand explain" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand explain" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand exec" -l on -d 'On which resource' -r
complete -c jit -n "__fish_jit_using_subcommand exec" -l for -d 'How long: 90s, 45m, 2h, 1d, 1h30m' -r
complete -c jit -n "__fish_jit_using_subcommand exec" -l reason -d 'Why, for whoever decides and for the log' -r
complete -c jit -n "__fish_jit_using_subcommand exec" -l ticket -d 'The ticket that this is for' -r
complete -c jit -n "__fish_jit_using_subcommand exec" -l wait -d 'How long to wait for the decision' -r
complete -c jit -n "__fish_jit_using_subcommand exec" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand exec" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand exec" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand exec" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand exec" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand exec" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand exec" -l request -d 'Ask for the role first, and wait for the decision'
complete -c jit -n "__fish_jit_using_subcommand exec" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand exec" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand exec" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand exec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand env" -l format -d 'For which reader; `-o json` is `--format json`' -r -f -a "sh\t'`export NAME=\'value\'`, for bash, zsh and every POSIX shell'
fish\t'`set -gx NAME \'value\'`'
powershell\t'`$env:NAME = \'value\'`'
dotenv\t'`NAME=\'value\'`, one a line'
json\t'One JSON document'"
complete -c jit -n "__fish_jit_using_subcommand env" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand env" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand env" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand env" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand env" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand env" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand env" -l about -d 'Only what the access is: nothing is used, and nothing secret is printed'
complete -c jit -n "__fish_jit_using_subcommand env" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand env" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand env" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand env" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -f -a "ssh" -d 'Get an SSH certificate; without a key of yours, for a new one that only your ssh-agent holds'
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -f -a "pg" -d 'Get a PostgreSQL login; each call makes one more, and all end with the access'
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -f -a "aws" -d 'Get an AWS session, as `credential_process` of the AWS tools wants it'
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -f -a "kube" -d 'Get a Kubernetes token, as an ExecCredential; or a kubeconfig that calls this command'
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -f -a "git" -d 'Speak git\'s credential helper protocol, for a role whose plugin gives USERNAME and PASSWORD'
complete -c jit -n "__fish_jit_using_subcommand credential; and not __fish_seen_subcommand_from ssh pg aws kube git docker" -f -a "docker" -d 'Speak docker\'s credential helper protocol, for a role whose plugin gives USERNAME and PASSWORD'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from ssh" -l public-key -d 'Sign that key, and write the certificate beside it, where ssh finds it' -r -F
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from ssh" -l out -d 'Write the certificate there; `-` prints it' -r -F
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from ssh" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from ssh" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from ssh" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from ssh" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from ssh" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from ssh" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from ssh" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from ssh" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from ssh" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from ssh" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from pg" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from pg" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from pg" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from pg" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from pg" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from pg" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from pg" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from pg" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from pg" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from pg" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from aws" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from aws" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from aws" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from aws" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from aws" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from aws" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from aws" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from aws" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from aws" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from aws" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from kube" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from kube" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from kube" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from kube" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from kube" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from kube" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from kube" -l kubeconfig -d 'Print a kubeconfig without a secret, which calls this command for one'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from kube" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from kube" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from kube" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from kube" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from git" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from git" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from git" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from git" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from git" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from git" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from git" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from git" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from git" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from git" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from docker" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from docker" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from docker" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from docker" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from docker" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from docker" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from docker" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from docker" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from docker" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand credential; and __fish_seen_subcommand_from docker" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand login" -l code-file -d 'Read the code from a file, or with `-` from stdin, instead of asking for it' -r -F
complete -c jit -n "__fish_jit_using_subcommand login" -l token-file -d 'Keep the token in that private file instead, for JIT_TOKEN_FILE: for CI jobs' -r -F
complete -c jit -n "__fish_jit_using_subcommand login" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand login" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand login" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand login" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand login" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand login" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand login" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand login" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand login" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand logout" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand logout" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand logout" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand logout" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand logout" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand logout" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand logout" -l forget -d 'Only forget the token here, where the server cannot be reached; it stays valid until it ends'
complete -c jit -n "__fish_jit_using_subcommand logout" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand logout" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand logout" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand whoami" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand whoami" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand whoami" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand whoami" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand whoami" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand whoami" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand whoami" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand whoami" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand whoami" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand whoami" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -f -a "list" -d 'List your contexts, and which one is in use'
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -f -a "use" -d 'Make a context the one in use'
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -f -a "add" -d 'Add a context: a server, a local store, or a plugin'
complete -c jit -n "__fish_jit_using_subcommand context; and not __fish_seen_subcommand_from list use add remove" -f -a "remove" -d 'Remove a context; your token for it stays until `jit logout`'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from list" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from list" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from list" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from list" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from list" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from list" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from use" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from use" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from use" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from use" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from use" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from use" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from use" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from use" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from use" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l plugin -d 'A backend plugin, which is recorded with its SHA-256: a changed one does not run' -r -F
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l sha256 -d 'The SHA-256 that the plugin has to have; left out: you are shown it, and asked' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l env -d 'Give the plugin this variable of your environment, or this value; may be repeated' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l time-limit -d 'How long one call of the plugin may take [default: 30s]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l policy -d 'Folder of the policy of a local context' -r -F
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l data -d 'Folder of the store of a local context; made at its first use' -r -F
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l allow-http -d 'Let plain http reach beyond this machine: whoever is in between reads your token'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from remove" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from remove" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from remove" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from remove" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from remove" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from remove" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from remove" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from remove" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand context; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand backend; and not __fish_seen_subcommand_from test" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand backend; and not __fish_seen_subcommand_from test" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and not __fish_seen_subcommand_from test" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and not __fish_seen_subcommand_from test" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and not __fish_seen_subcommand_from test" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand backend; and not __fish_seen_subcommand_from test" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and not __fish_seen_subcommand_from test" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand backend; and not __fish_seen_subcommand_from test" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand backend; and not __fish_seen_subcommand_from test" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand backend; and not __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand backend; and not __fish_seen_subcommand_from test" -f -a "test" -d 'Run every check of a backend against a plugin'
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l role -d 'The role to ask for' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l on -d 'The resource, where the role has several' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l ticket -d 'The ticket, where the role requires one' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l for -d 'How long to ask for; at most what the role allows' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l env -d 'Give the plugin this variable of your environment, or this value; may be repeated' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l approver-env -d 'What else it gets, or gets instead, to act as the approver; may be repeated' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l time-limit -d 'How long one call may take' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand backend; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -f -a "check" -d 'Find every error in a policy folder, without a server'
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -f -a "fmt" -d 'Put a policy\'s files, and its test cases, in one layout'
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -f -a "status" -d 'Tell which policy is in force, and what of its folder is not'
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -f -a "test" -d 'Run the test cases of a policy: who asks for what, and what has to come of it'
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -f -a "explain" -d 'Tell what comes of an ask by a policy, and which rules made it so'
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -f -a "diff" -d 'Tell who gains and who loses what by a change of a policy'
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -f -a "who" -d 'List who can reach what by a policy, for how long, and who has to agree'
complete -c jit -n "__fish_jit_using_subcommand policy; and not __fish_seen_subcommand_from check fmt status test explain diff who lint" -f -a "lint" -d 'Find what a policy may say by mistake: too much, nothing, or the same twice'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from check" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from check" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from check" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from check" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from check" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from check" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from check" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from check" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from fmt" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from fmt" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from fmt" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from fmt" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from fmt" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from fmt" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from fmt" -l check -d 'Change nothing: name the files that would change, and end with exit code 1 if there are any'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from fmt" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from fmt" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from fmt" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from fmt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from status" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from status" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from status" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from status" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from status" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from status" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from status" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from status" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from test" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from test" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from test" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from test" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from test" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from test" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from test" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from test" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l case -d 'A test case of the policy, by its name, in place of the options below' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l requester -d 'Who asks' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l role -d 'For which role' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l on -d 'On which resource' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l for -d 'For how long' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l reason -d 'Why' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l ticket -d 'With which ticket' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l at -d 'When it is asked, such as 2026-11-21T18:05:00Z; left out: now' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l ticket-answer -d 'What the ticket system says of the ticket' -r -f -a "good\t''
closed\t''
not-assigned\t''
none\t''"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l on-call -d 'Who is on call in a group that is asked from outside; once for each group' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l directory -d 'Whom the server\'s directory puts into a group that is left to it; once for each group' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l mfa-age -d 'How long ago the requester proved a second factor; left out: never' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l lacks -d 'A training or terms that the requester has not; may be repeated' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l break-glass -d 'In an emergency'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from diff" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l exit-code -d 'End with 1 where anybody gains anything, or where that cannot be told'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l label -d 'Resources with this label only; several: with all of them' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l resource -d 'This resource only' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l role -d 'This role only' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l requester -d 'This person or service only' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l alone -d 'Only where no other human has to agree'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l in-force -d 'By the policy that the server has in force, in place of a folder\'s; for policy authors, auditors and administrators'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from who" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l allow -d 'Silence the warnings of these codes' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l production -d 'What is production; left out: every label whose value is prod or production' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from lint" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from lint" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand policy; and __fish_seen_subcommand_from lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand provider; and not __fish_seen_subcommand_from test" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand provider; and not __fish_seen_subcommand_from test" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and not __fish_seen_subcommand_from test" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and not __fish_seen_subcommand_from test" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and not __fish_seen_subcommand_from test" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand provider; and not __fish_seen_subcommand_from test" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and not __fish_seen_subcommand_from test" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand provider; and not __fish_seen_subcommand_from test" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand provider; and not __fish_seen_subcommand_from test" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand provider; and not __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand provider; and not __fish_seen_subcommand_from test" -f -a "test" -d 'Run every check of a provider against a plugin'
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l setting -d 'A setting of the resource, as in `[resource.NAME.exec]`; may be repeated' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l parameter -d 'A parameter of the role, as in `[role.NAME.exec]`; may be repeated' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l address -d 'The address of the resource' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l env -d 'Give the plugin this variable of your environment; may be repeated' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l use -d 'Uses what was granted: run by sh with its variables set, it exits with 0 while the access works' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l timeout -d 'How long one call may take' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand provider; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -f -a "log" -d 'Read the log, the oldest first'
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -f -a "verify" -d 'Prove that no event was edited, inserted, deleted or reordered, and that none is cut off behind a checkpoint'
complete -c jit -n "__fish_jit_using_subcommand audit; and not __fish_seen_subcommand_from log verify export" -f -a "export" -d 'Write the whole log with its checkpoints, one JSON line each, for `jit audit verify`'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -l request -d 'Only of that request' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -l actor -d 'Only what that user did' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -l kind -d 'Only of that kind, such as `request.filed`, or all of `request`' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -l since -d 'Only from then on: a time, or how long ago, such as 2h' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -l tail -d 'Only the last that many' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -s f -l follow -d 'Stay and print what comes, until Ctrl-C'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l key -d 'The log\'s public key; left out, the one that the server shows, which proves less' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from verify" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from export" -l format -d 'How to write an event' -r -f -a "jit\t'jit\'s own, which can be verified'
syslog\t'RFC 5424, everything in structured data'
cef\t'Common Event Format'
ecs\t'Elastic Common Schema 9.4, JSON'
ocsf\t'Open Cybersecurity Schema Framework 1.8, JSON'
csv\t'Comma-separated; no cell is a formula'"
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from export" -l out -d 'A new file, closed to others, instead of stdout' -r -F
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from export" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from export" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from export" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from export" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from export" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from export" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from export" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from export" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand audit; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -f -a "list" -d 'List the alerts that nobody has answered, the latest first'
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -f -a "show" -d 'Show an alert, and its answer'
complete -c jit -n "__fish_jit_using_subcommand alert; and not __fish_seen_subcommand_from list show answer" -f -a "answer" -d 'Say what came out, once'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from list" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from list" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from list" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from list" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from list" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from list" -l all -d 'The answered ones too'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from list" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from show" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from show" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from show" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from show" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from show" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from show" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from show" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from show" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from answer" -l comment -d 'What you found, and what was done' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from answer" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from answer" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from answer" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from answer" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from answer" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from answer" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from answer" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from answer" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from answer" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand alert; and __fish_seen_subcommand_from answer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand delivery; and not __fish_seen_subcommand_from list replay" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand delivery; and not __fish_seen_subcommand_from list replay" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and not __fish_seen_subcommand_from list replay" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and not __fish_seen_subcommand_from list replay" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and not __fish_seen_subcommand_from list replay" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand delivery; and not __fish_seen_subcommand_from list replay" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and not __fish_seen_subcommand_from list replay" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand delivery; and not __fish_seen_subcommand_from list replay" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand delivery; and not __fish_seen_subcommand_from list replay" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand delivery; and not __fish_seen_subcommand_from list replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand delivery; and not __fish_seen_subcommand_from list replay" -f -a "list" -d 'List the channels: how far each has come in the log, and what is wrong'
complete -c jit -n "__fish_jit_using_subcommand delivery; and not __fish_seen_subcommand_from list replay" -f -a "replay" -d 'Have a channel tell everything from a place in the log on again'
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from list" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from list" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from list" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from list" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from list" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from list" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from replay" -l since -d 'From this time on, or from so long ago on' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from replay" -l from -d 'From the event of this number on' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from replay" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from replay" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from replay" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from replay" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from replay" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from replay" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from replay" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from replay" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from replay" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand delivery; and __fish_seen_subcommand_from replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l from -d 'The first day, such as 2026-01-01, or a time; days are of UTC' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l to -d 'The last day, which is in it, or the time at which it ends' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l control -d 'Only the figures about this control of Annex A, such as A.5.18; several: about any of them' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l export -d 'From an export of the log instead of the server: the manifest is then not signed' -r -F
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l key -d 'The log\'s public key, for the checkpoints in the export' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l policy -d 'Who could hold which role is told by this policy folder; left out, by the server, for those in its directory' -r -F
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l out -d 'A new file, closed to others' -r -F
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand evidence; and not __fish_seen_subcommand_from verify" -f -a "verify" -d 'Prove that a file of evidence is whole, and compute each figure again from the log in it'
complete -c jit -n "__fish_jit_using_subcommand evidence; and __fish_seen_subcommand_from verify" -l key -d 'The log\'s public key; left out, the one in the file, which proves that it is whole and not whose it is' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and __fish_seen_subcommand_from verify" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand evidence; and __fish_seen_subcommand_from verify" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and __fish_seen_subcommand_from verify" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and __fish_seen_subcommand_from verify" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and __fish_seen_subcommand_from verify" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand evidence; and __fish_seen_subcommand_from verify" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand evidence; and __fish_seen_subcommand_from verify" -l unsigned -d 'Let a file pass that nobody has signed: what was made from an export'
complete -c jit -n "__fish_jit_using_subcommand evidence; and __fish_seen_subcommand_from verify" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand evidence; and __fish_seen_subcommand_from verify" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand evidence; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand evidence; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -f -a "add" -d 'Give your say to somebody, for at most 31 days'
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -f -a "list" -d 'List what you have given and were given'
complete -c jit -n "__fish_jit_using_subcommand delegation; and not __fish_seen_subcommand_from add list remove" -f -a "remove" -d 'Take it back; votes under it that are not used yet count no more'
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -l for -d 'For how long: 8h, 5d' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -l until -d 'Until then, such as 2026-12-24T18:00:00Z' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -l start -d 'From then on, instead of from now' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -l role -d 'For this role only' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from list" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from list" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from list" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from list" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from list" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from list" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from remove" -l from -d 'In whose place, for administrators' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from remove" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from remove" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from remove" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from remove" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from remove" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from remove" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from remove" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from remove" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand delegation; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand ticket; and not __fish_seen_subcommand_from changed" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand ticket; and not __fish_seen_subcommand_from changed" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand ticket; and not __fish_seen_subcommand_from changed" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand ticket; and not __fish_seen_subcommand_from changed" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand ticket; and not __fish_seen_subcommand_from changed" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand ticket; and not __fish_seen_subcommand_from changed" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand ticket; and not __fish_seen_subcommand_from changed" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand ticket; and not __fish_seen_subcommand_from changed" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand ticket; and not __fish_seen_subcommand_from changed" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand ticket; and not __fish_seen_subcommand_from changed" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand ticket; and not __fish_seen_subcommand_from changed" -f -a "changed" -d 'Have the ticket asked for now, and end the access of a closed one'
complete -c jit -n "__fish_jit_using_subcommand ticket; and __fish_seen_subcommand_from changed" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand ticket; and __fish_seen_subcommand_from changed" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand ticket; and __fish_seen_subcommand_from changed" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand ticket; and __fish_seen_subcommand_from changed" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand ticket; and __fish_seen_subcommand_from changed" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand ticket; and __fish_seen_subcommand_from changed" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand ticket; and __fish_seen_subcommand_from changed" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand ticket; and __fish_seen_subcommand_from changed" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand ticket; and __fish_seen_subcommand_from changed" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand ticket; and __fish_seen_subcommand_from changed" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -f -a "list" -d 'List what is asked of you, how you stand, and how to get what is missing'
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -f -a "accept" -d 'Read terms, and agree to them'
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -f -a "record" -d 'Record that somebody has taken a course, for administrators and trainers'
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -f -a "withdraw" -d 'Take back what was recorded wrongly, for administrators and trainers'
complete -c jit -n "__fish_jit_using_subcommand training; and not __fish_seen_subcommand_from list accept record withdraw status" -f -a "status" -d 'Show who has what is asked of them: of all for an administrator, of theirs for a sponsor'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from list" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from list" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from list" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from list" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from list" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from list" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from accept" -l digest -d 'The SHA-256 of the text that was read: no other one is accepted, and nothing is asked' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from accept" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from accept" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from accept" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from accept" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from accept" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from accept" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from accept" -s y -l yes -d 'Show the text, and do not ask for confirmation'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from accept" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from accept" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from accept" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from accept" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -l at -d 'When; now, where left out' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -l until -d 'The last day on which it counts, or a time; the policy may end it earlier' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -l version -d 'Of the course; the one that the policy asks for, where left out' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from record" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from withdraw" -l reason -d 'Why, for the log' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from withdraw" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from withdraw" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from withdraw" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from withdraw" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from withdraw" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from withdraw" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from withdraw" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from withdraw" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from withdraw" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from withdraw" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from status" -l user -d 'Of this person only' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from status" -l training -d 'Of this training, or these terms, only' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from status" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from status" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from status" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from status" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from status" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from status" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from status" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from status" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand training; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -f -a "add" -d 'Add somebody, and print the one-time code for their `jit login`'
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -f -a "list" -d 'List everybody'
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -f -a "disable" -d 'End somebody\'s sessions, requests, unused votes and access, for ever'
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -f -a "suspend" -d 'End somebody\'s access, and keep them from more until they are reinstated'
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -f -a "reinstate" -d 'Let somebody who is suspended ask again'
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -f -a "role" -d 'Roles in jit itself: administrator, policy-author, auditor, reviewer'
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -f -a "code" -d 'Print a new one-time code for somebody who lost theirs; earlier ones no longer work'
complete -c jit -n "__fish_jit_using_subcommand user; and not __fish_seen_subcommand_from add list disable suspend reinstate role code token" -f -a "token" -d 'Print a long-lived token for a service, good for one purpose and nothing else'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -l owner -d 'The person who answers for the service' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -l alias-of -d 'A second identity of that person, who still counts once' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -l service -d 'A CI job or another program: it may ask, and never decides'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -l admin -d 'May add and disable people, and see and revoke everything; approves nothing by it'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from list" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from list" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from list" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from list" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from list" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from list" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from disable" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from disable" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from disable" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from disable" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from disable" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from disable" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from disable" -s y -l yes -d 'Do not ask for confirmation'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from disable" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from disable" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from disable" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from suspend" -l reason -d 'Why; they are told' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from suspend" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from suspend" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from suspend" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from suspend" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from suspend" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from suspend" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from suspend" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from suspend" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from suspend" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from suspend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from reinstate" -l comment -d 'Why, for the log' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from reinstate" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from reinstate" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from reinstate" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from reinstate" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from reinstate" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from reinstate" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from reinstate" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from reinstate" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from reinstate" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from reinstate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from role" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from role" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from role" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from role" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from role" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from role" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from role" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from role" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from role" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from role" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from role" -f -a "grant" -d 'Give somebody a role in jit itself'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from role" -f -a "remove" -d 'Take a role in jit itself from somebody, at once'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from code" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from code" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from code" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from code" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from code" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from code" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from code" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from code" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from code" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from code" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -l on -d 'The resources that the host stands for' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -l for -d 'How long it lives, 366d at most' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -l scim -d 'For an outside directory, at /scim/v2'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -l collect -d 'For a host, which delivers with it what was done there: `jit collect`'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -l revoke -d 'End those that there are'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand user; and __fish_seen_subcommand_from token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -f -a "add" -d 'Add a contractor, and print the one-time code for their `jit login`'
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -f -a "import" -d 'Add the contractors of a CSV file, and report of each line'
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -f -a "list" -d 'List contractors: all for an administrator, their own for a sponsor'
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -f -a "show" -d 'Show a contractor, with the receipt of their offboarding'
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -f -a "extend" -d 'Go on with somebody for whom you answer'
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -f -a "change" -d 'Give somebody another sponsor, a successor to theirs, or other groups'
complete -c jit -n "__fish_jit_using_subcommand contractor; and not __fish_seen_subcommand_from add import list show extend change offboard" -f -a "offboard" -d 'End somebody\'s sessions, requests, unused votes and access, now or at a time, with a receipt'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l company -d 'For whom they work: a company of the policy' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l sponsor -d 'The employee who answers for them' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l until -d 'The last day, such as 2027-03-31, or a time; days begin and end in UTC' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l start -d 'The first day, or a time; now, where left out' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l agreement -d 'What they signed: the reference of a non-disclosure agreement, or of terms of work' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l signed -d 'The day on which they signed it' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l group -d 'A group that the policy leaves to the directory; may be repeated' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from import" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from import" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from import" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from import" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from import" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from import" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from import" -l dry-run -d 'Report what would be done, and add nobody'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from import" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from import" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from list" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from list" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from list" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from list" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from list" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from list" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from show" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from show" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from show" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from show" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from show" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from show" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from show" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from show" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from extend" -l until -d 'The new last day, or a time' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from extend" -l comment -d 'Why, for the log' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from extend" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from extend" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from extend" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from extend" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from extend" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from extend" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from extend" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from extend" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from extend" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from extend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -l sponsor -d 'The employee who answers for them from now on' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -l successor -d 'Who answers for them when the sponsor leaves; without one, everything of theirs ends then' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -l group -d 'Their groups from now on, in place of those before; may be repeated' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -l no-groups -d 'In no group from now on'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from change" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -l at -d 'Then, instead of now; before the engagement\'s end' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -l reason -d 'Why, for the log' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -s y -l yes -d 'Do not ask for confirmation'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand contractor; and __fish_seen_subcommand_from offboard" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -f -a "start" -d 'Begin a review'
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -f -a "list" -d 'List reviews: all for an administrator, else those with something for you to decide'
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -f -a "show" -d 'Show a review, with the items that you decide on'
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -f -a "decide" -d 'Decide on items of a review, once'
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -f -a "restore" -d 'Give a right back that a review took, for administrators'
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -f -a "result" -d 'Show the result of a closed review, for administrators; -o json has all of it, with the signature'
complete -c jit -n "__fish_jit_using_subcommand review; and not __fish_seen_subcommand_from start list show decide restore result verify" -f -a "verify" -d 'Prove that a result is what was signed when the review was closed'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -l scope -d 'Whose rights: all, company=NAME, role=NAME, user=NAME' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -l due -d 'How long reviewers have: 14d' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -l every -d 'Begin another one so long after this one\'s start: 90d' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from list" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from list" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from list" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from list" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from list" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from list" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from show" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from show" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from show" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from show" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from show" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from show" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from show" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from show" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from decide" -l item -d 'The numbers of the items' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from decide" -l comment -d 'Why' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from decide" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from decide" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from decide" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from decide" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from decide" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from decide" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from decide" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from decide" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from decide" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from decide" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from restore" -l comment -d 'Why' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from restore" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from restore" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from restore" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from restore" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from restore" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from restore" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from restore" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from restore" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from restore" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from result" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from result" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from result" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from result" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from result" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from result" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from result" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from result" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from result" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from result" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from verify" -l key -d 'The log\'s public key; left out, the one in the file, which proves that it is whole and not whose it is' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from verify" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from verify" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from verify" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from verify" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from verify" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from verify" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from verify" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from verify" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand review; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand serve" -l policy -d 'Folder of the policy\'s TOML files' -r -F
complete -c jit -n "__fish_jit_using_subcommand serve" -l data -d 'Folder of the store and the keys; made at the first start, closed to everybody else' -r -F
complete -c jit -n "__fish_jit_using_subcommand serve" -l listen -d 'Address and port to listen on; port 0 picks one' -r
complete -c jit -n "__fish_jit_using_subcommand serve" -l url-file -d 'Write the server\'s URL to that file once it listens, for scripts' -r -F
complete -c jit -n "__fish_jit_using_subcommand serve" -l channels -d 'File of the channels that are told what happens: jit-channels(5)' -r -F
complete -c jit -n "__fish_jit_using_subcommand serve" -l admin -d 'The name of the first administrator, at the first start' -r
complete -c jit -n "__fish_jit_using_subcommand serve" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand serve" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand serve" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand serve" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand serve" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand serve" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand serve" -l behind-tls-proxy -d 'A TLS proxy stands in front: listen on any address, and take the client\'s from X-Forwarded-For'
complete -c jit -n "__fish_jit_using_subcommand serve" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand serve" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand serve" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -l ca -d 'The CA\'s public key: the file that sshd\'s `TrustedUserCAKeys` names' -r -F
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -l krl -d 'The list of revocations: the file that sshd\'s `RevokedKeys` names' -r -F
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -l record -d 'Record what sessions at a terminal show, as asciicast v2, in that folder of the account\'s own' -r -F
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -l keeper -d 'Be the process that watches over the session, for the one that sshd waits for' -r
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand guard; and not __fish_seen_subcommand_from install" -f -a "install" -d 'Print what a host needs for `jit guard`: lines for sshd, and a timer that fetches the revocations'
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -l user -d 'An account of the host that people reach through jit, and by nothing else of jit\'s' -r
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -l record -d 'Record sessions at a terminal, in a folder for each account in that one' -r -F
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -l print -d 'Print the lines: to put them where they belong is left to you'
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand guard; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand collect; and not __fish_seen_subcommand_from ssh postgres" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand collect; and not __fish_seen_subcommand_from ssh postgres" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and not __fish_seen_subcommand_from ssh postgres" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and not __fish_seen_subcommand_from ssh postgres" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and not __fish_seen_subcommand_from ssh postgres" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand collect; and not __fish_seen_subcommand_from ssh postgres" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and not __fish_seen_subcommand_from ssh postgres" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand collect; and not __fish_seen_subcommand_from ssh postgres" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand collect; and not __fish_seen_subcommand_from ssh postgres" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand collect; and not __fish_seen_subcommand_from ssh postgres" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand collect; and not __fish_seen_subcommand_from ssh postgres" -f -a "ssh" -d 'Deliver the recordings of `jit guard`, each when its session is over'
complete -c jit -n "__fish_jit_using_subcommand collect; and not __fish_seen_subcommand_from ssh postgres" -f -a "postgres" -d 'Deliver the statements of jit\'s roles from PostgreSQL\'s own log'
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -l token-file -d 'The host\'s token, in a file that only this user can read' -r -F
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -l state -d 'How far it has come, in a private file of its own; without it everything is delivered again' -r -F
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -l every -d 'How often to look' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -l once -d 'Deliver what is there now, and end'
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from ssh" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -l token-file -d 'The host\'s token, in a file that only this user can read' -r -F
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -l state -d 'How far it has come, in a private file of its own; without it everything is delivered again' -r -F
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -l every -d 'How often to look' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -l once -d 'Deliver what is there now, and end'
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand collect; and __fish_seen_subcommand_from postgres" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand doctor" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand doctor" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand doctor" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand doctor" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand doctor" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand doctor" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand doctor" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand doctor" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand doctor" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand demo" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand demo" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand demo" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand demo" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand demo" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand demo" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand demo" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand demo" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand demo" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand completion" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand completion" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand completion" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand completion" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand completion" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand completion" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand completion" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand completion" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand completion" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand version" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand version" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand version" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand version" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand version" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand version" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand version" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand version" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand version" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jit -n "__fish_jit_using_subcommand help" -s o -l output -d 'How to print data [env: JIT_OUTPUT] [default: table]' -r -f -a "table\t'For people, in the width of the terminal'
wide\t'For people, with every column and nothing cut'
json\t'One JSON document'
ndjson\t'One JSON object a line'"
complete -c jit -n "__fish_jit_using_subcommand help" -l context -d 'Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]' -r
complete -c jit -n "__fish_jit_using_subcommand help" -l server -d 'The server to talk to, instead of a context\'s [env: JIT_SERVER]' -r
complete -c jit -n "__fish_jit_using_subcommand help" -l store -d 'Where your tokens are kept: keyring, file or memory [env: JIT_STORE]' -r
complete -c jit -n "__fish_jit_using_subcommand help" -l color -l colour -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'On a terminal that has colours'
always\t''
never\t''"
complete -c jit -n "__fish_jit_using_subcommand help" -l log -d 'What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]' -r
complete -c jit -n "__fish_jit_using_subcommand help" -l json -d 'Short for `--output json`'
complete -c jit -n "__fish_jit_using_subcommand help" -l no-input -d 'Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]'
complete -c jit -n "__fish_jit_using_subcommand help" -s v -l verbose -d 'Log what happens on stderr; twice for more'
complete -c jit -n "__fish_jit_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
