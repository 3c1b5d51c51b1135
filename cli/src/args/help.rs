//! What `--help` says below the arguments.

pub(super) const PROGRAM: &str = "\
Examples:
  longshore up examples/python-http   start everything, deploy, call, stay up
  longshore up --watch ./hello        the same, and again after each change
  longshore deploy ./hello            beside a running `up`, or to Google Cloud
  longshore call hello --data '{\"name\": \"Ada\"}'
  longshore list                      all functions, and how they stand
  longshore logs hello --follow       what it prints

Exit codes:
  0    done
  1    failed, or something that was named is not there; the error says why
  2    a deployment ended, and its function does not serve what was asked for
  3    the function was called, and answered with HTTP status 400 or above
  64   arguments, settings or a manifest cannot be used; nothing was done
  69   no cloud to talk to
  130  interrupted

Results are on standard output, everything else on standard error. `--output
json` writes one JSON document; when a command fails before it has a result, it
writes none. NO_COLOR, CLICOLOR and CLICOLOR_FORCE are obeyed.

Without LONGSHORE_PROJECT, commands talk to the local cloud of a running `up`.
With LONGSHORE_PROJECT and LONGSHORE_REGION set they talk to Google Cloud, with
Application Default Credentials.";

pub(super) const UP: &str = "\
Examples:
  longshore up                          the local cloud and the workers alone
  longshore up examples/python-http     and this function, deployed and called
  longshore up --watch ./api ./worker   each again after its files change
  longshore up --once ./hello           deploy, call, stop: for scripts

--watch looks at the files that would be uploaded (.gcloudignore is obeyed) and
at longshore.yaml. When a build fails, the version before goes on serving.

Exit codes: 0 stopped by Ctrl-C, or with --once: deployed and answered; 2 not
deployed, 3 answered with an error, 130 interrupted (both with --once); 1, 64
it could not start.";

pub(super) const DEPLOY: &str = "\
Examples:
  longshore deploy ./hello                 as longshore.yaml or the source says
  longshore deploy ./hello --name hi --entry-point hello --env A=B --public
  longshore deploy functions/*             many at once; a table at the end
  longshore --output json deploy ./hello   an array, an element for each

Of one directory, the URL is written to standard output; of several, a table.
Ctrl-C ends the command, and not the deployments: they go on, `longshore
status` finds them, and `longshore cancel` stops them.

The entry point that nobody names is the function in the source that has the
function's name, or else `function`, or else the only one that the source
registers or, where it registers none, defines.

Exit codes: 0 all serve; 2 one or more do not; 64 or 1 nothing could be asked
for; 69 no cloud; 130 interrupted.";

pub(super) const CALL: &str = "\
Examples:
  longshore call hello
  longshore call hello --path '/?name=Ada'
  longshore call hello --data '{\"name\": \"Ada\"}'
  longshore call other-project/us-east1/hello

Exit codes: 0 answered; 3 answered with status 400 or above; 1 no answer, or no
such function; 69 no cloud.";

pub(super) const LIST: &str = "\
Examples:
  longshore list
  longshore list --region europe-west1
  longshore --output json list | jq -r '.[].url'

States: `serving`; `coming up`; `failed` (nothing of it serves); `none`
(nothing was ever deployed successfully); `deleting`.";

pub(super) const DESCRIBE: &str = "\
Examples:
  longshore describe hello
  longshore --output json describe hello   `spec` has the keys of longshore.yaml

Exit codes: 0 shown; 1 no such function; 69 no cloud.";

pub(super) const DELETE: &str = "\
Examples:
  longshore delete hello
  longshore delete --yes hello goodbye   in a script: nobody is asked
  longshore delete --yes --ignore-missing hello

The Cloud Run service goes with all its revisions, and deployments under way
end as superseded. Images and sources stay: others may share them. A service
that this fleet has not made is left alone without --force. Afterwards the name
is free, and its generations count on.

Exit codes: 0 all are gone; 1 one or more are not, or were not there; 64 not
confirmed; 69 no cloud.";

pub(super) const LOGS: &str = "\
Examples:
  longshore logs hello                       its newest build, and what it printed
  longshore logs hello --build               the whole log of the newest build
  longshore logs hello --follow --lines 10   the last ten lines, and what follows";

pub(super) const STATUS: &str = "\
Examples:
  longshore status                       every function with its newest deployment
  longshore status DEPLOYMENT            one deployment; why it failed
  longshore status DEPLOYMENT --follow   wait for its end

Exit codes: 0 shown; with --follow 0 it serves, 2 it does not; 1 no such
deployment; 64 not an id; 69 no cloud.";

pub(super) const TRACE: &str = "\
Examples:
  longshore trace 4f1c2b…   queued, worked and waited, for each stage";

pub(super) const CANCEL: &str = "\
Examples:
  longshore cancel 4f1c2b…   it ends at its next stage

Exit codes: 0 asked to stop; 1 too late, or no such deployment; 64 not an id;
69 no cloud.";

pub(super) const SECRETS: &str = "\
Examples:
  longshore secrets set tls-key --data-file key.pem
  printf %s \"$PASSWORD\" | longshore secrets set db-password
  longshore deploy ./hello --set-secrets DB_PASSWORD=db-password:latest,/etc/tls/key=tls-key:1
  longshore secrets list

Exit codes: 0 done, 1 failed, or there is no such secret, 64 arguments cannot be used, 69 no cloud to talk to.";

pub(super) const PARKED: &str = "\
Examples:
  longshore parked list
  longshore parked replay 29400123/7   publish it again, once its cause is mended";

pub(super) const PROVISION: &str = "\
Examples:
  longshore provision   beside `up`, or on Google Cloud";

pub(super) const CLOUD: &str = "\
Examples:
  longshore cloud --print-env > env.sh &   then `. ./env.sh` before what uses it
  longshore cloud --ephemeral              keep nothing";

pub(super) const COMPLETION: &str = "\
Examples:
  longshore completion bash > ~/.local/share/bash-completion/completions/longshore
  longshore completion zsh > ~/.zfunc/_longshore
  longshore completion fish > ~/.config/fish/completions/longshore.fish";

pub(super) const MAN: &str = "\
Examples:
  longshore man | man -l -
  longshore man --dir ~/.local/share/man/man1";
