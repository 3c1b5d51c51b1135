//! The generated main package, which registers the function and serves it.

use super::framework::Version;

/// The first framework that can listen on a single address.
const LISTENS_ON_ONE_ADDRESS: Version = Version { major: 1, minor: 8 };

/// The first framework whose registration accepts CloudEvents, and returns an error instead of
/// panicking.
const REGISTERS_CLOUD_EVENTS: Version = Version { major: 1, minor: 1 };

/// How the function is registered with the framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Registration<'a> {
    /// The source registers it in `init`; `FUNCTION_TARGET` selects it at start.
    Declarative,
    /// The main package registers this exported function, by its Go type.
    Of(&'a str),
}

/// The text of the main file for the package with this import path. As on Google, requests for
/// `robots.txt` and `favicon.ico` do not reach the function.
pub(super) fn text(package: &str, registration: Registration<'_>, framework: Version) -> String {
    let (imports, register) = match registration {
        Registration::Declarative => (format!("\t_ \"{package}\"\n"), String::new()),
        Registration::Of(target) if framework < REGISTERS_CLOUD_EVENTS => (
            format!("\tuserfunction \"{package}\"\n"),
            BY_TYPE_WITHOUT_CLOUD_EVENTS.replace("TARGET", target),
        ),
        Registration::Of(target) => {
            let imports = format!(
                "\t\"context\"\n\n\tuserfunction \"{package}\"\n\tcloudevents \"github.com/cloudevents/sdk-go/v2\"\n"
            );
            (imports, BY_TYPE.replace("TARGET", target))
        }
    };
    let start = if framework < LISTENS_ON_ONE_ADDRESS {
        "Start(port)"
    } else {
        "StartHostPort(os.Getenv(\"HOST\"), port)"
    };
    format!("{HEAD}{imports})\n\nfunc main() {{\n{register}{}", SERVE.replace("START", start))
}

/// Whether the framework always listens on all addresses of this machine.
pub(super) fn listens_everywhere(framework: Version) -> bool {
    framework < LISTENS_ON_ONE_ADDRESS
}

const HEAD: &str = r#"// Generated for this build: registers the function with the Functions Framework, and serves it.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
"#;

const BY_TYPE: &str = r#"	var err error
	ctx := context.Background()
	switch function := any(userfunction.TARGET).(type) {
	case func(http.ResponseWriter, *http.Request):
		err = funcframework.RegisterHTTPFunctionContext(ctx, "/", function)
	case func(context.Context, cloudevents.Event) error:
		err = funcframework.RegisterCloudEventFunctionContext(ctx, "/", function)
	default:
		err = funcframework.RegisterEventFunctionContext(ctx, "/", function)
	}
	if err != nil {
		log.Fatalf("Function failed to register: %v", err)
	}
"#;

const BY_TYPE_WITHOUT_CLOUD_EVENTS: &str = r#"	switch function := interface{}(userfunction.TARGET).(type) {
	case func(http.ResponseWriter, *http.Request):
		funcframework.RegisterHTTPFunction("/", function)
	default:
		funcframework.RegisterEventFunction("/", function)
	}
"#;

const SERVE: &str = r#"	http.HandleFunc("/robots.txt", http.NotFound)
	http.HandleFunc("/favicon.ico", http.NotFound)
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	if err := funcframework.START; err != nil {
		log.Fatalf("Function failed to start: %v", err)
	}
}
"#;

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGE: &str = "example.com/hello";

    #[test]
    fn the_framework_and_the_source_determine_registration_and_address() {
        let declarative = Registration::Declarative;
        let by_name = Registration::Of("Hello");
        let table: [(Registration<'_>, Version, &[&str], &[&str]); 4] = [
            (
                declarative,
                Version { major: 1, minor: 9 },
                &["_ \"example.com/hello\"", "StartHostPort("],
                &["Register", "context"],
            ),
            (
                declarative,
                Version { major: 1, minor: 6 },
                &["_ \"example.com/hello\"", ".Start(port)"],
                &["Register", "HostPort"],
            ),
            (
                by_name,
                Version { major: 1, minor: 9 },
                &[
                    "userfunction \"example.com/hello\"",
                    "any(userfunction.Hello)",
                    "RegisterCloudEventFunctionContext",
                    "StartHostPort(",
                ],
                &["TARGET", "START", "_ \"example"],
            ),
            (
                by_name,
                Version { major: 1, minor: 0 },
                &["interface{}(userfunction.Hello)", "RegisterHTTPFunction(\"/\"", ".Start(port)"],
                &["TARGET", "cloudevents", "\"context\""],
            ),
        ];
        for (registration, framework, present, absent) in table {
            let text = text(PACKAGE, registration, framework);
            for part in present {
                assert!(text.contains(part), "{part} is not in {text}");
            }
            for part in absent {
                assert!(!text.contains(part), "{part} is in {text}");
            }
        }
    }
}
