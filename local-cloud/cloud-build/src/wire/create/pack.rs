//! Steps that build with Google's buildpacks, as written by the documentation and by `gcloud builds
//! submit --pack`.
//!
//! Supported steps, in this order: `pack config default-builder BUILDER`; `pack build IMAGE …`,
//! exactly once; and `docker push IMAGE` of the built image, which is pushed anyway.
//! <https://docs.cloud.google.com/docs/buildpacks/build-application>

use std::collections::BTreeMap;

use google_cloud_build_v1::model::BuildStep;

use longshore_local_kit::rest::RestError;

/// Google's builders, which do what the local cloud does.
const BUILDER_PREFIXES: [&str; 3] = [
    "gcr.io/buildpacks/builder",
    "gcr.io/serverless-runtimes/",
    "us-docker.pkg.dev/serverless-runtimes/",
];

/// Flags of `pack build` that are accepted and have no effect: how the containers of the builder
/// run, and where layers are cached.
const IGNORED_FLAGS: [&str; 10] = [
    "--publish",
    "--trust-builder",
    "--trust-extra-buildpacks",
    "--no-color",
    "--quiet",
    "-q",
    "--verbose",
    "-v",
    "--timestamps",
    "--clear-cache",
];

/// Like [`IGNORED_FLAGS`], for flags with a value.
const IGNORED_FLAGS_WITH_VALUE: [&str; 2] = ["--network", "--pull-policy"];

/// The one build that the steps describe.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pack {
    pub(super) image: String,
    pub(super) environment: BTreeMap<String, String>,
    /// Variables that are passed on from the step's own environment.
    pub(super) secrets: Vec<String>,
    /// Index of the `pack build` step.
    pub(super) build_step: usize,
}

/// Reads steps after substitution. `images` are the images that the build must produce.
///
/// # Errors
/// `UNIMPLEMENTED` with the step and a supported alternative; `INVALID_ARGUMENT` for what `pack`
/// itself would reject.
pub(super) fn read(steps: &[BuildStep], images: &[String]) -> Result<Pack, RestError> {
    let mut default_builder = String::new();
    let mut built: Option<Pack> = None;
    for (index, step) in steps.iter().enumerate() {
        check_step(index, step)?;
        let arguments: Vec<&str> = step.args.iter().map(String::as_str).collect();
        match (program(step), arguments.as_slice(), &built) {
            ("pack", ["config", "default-builder", builder], None) => {
                (*builder).clone_into(&mut default_builder)
            }
            ("pack", ["build", arguments @ ..], None) => {
                built = Some(build(index, arguments, &default_builder)?)
            }
            ("docker", ["push", image], Some(Pack { image: known, .. })) if image == known => {}
            _ => return Err(unsupported(index, step)),
        }
    }
    let pack =
        built.ok_or_else(|| RestError::invalid("steps: one of them must be `pack build`"))?;
    match images.iter().find(|image| **image != pack.image) {
        Some(other) => {
            Err(RestError::invalid(format!("images: `{other}` is not built by the steps")))
        }
        None => Ok(pack),
    }
}

/// The program that a step runs, or an empty string for an unsupported one.
fn program(step: &BuildStep) -> &str {
    let image = step.name.rsplit('/').next().unwrap_or_default();
    let image = image.split([':', '@']).next().unwrap_or_default();
    match (image, step.entrypoint.as_str()) {
        ("pack", "" | "pack") => "pack",
        ("docker", "" | "docker") => "docker",
        _ => "",
    }
}

fn check_step(index: usize, step: &BuildStep) -> Result<(), RestError> {
    let unsupported = [
        (!step.script.is_empty(), "script"),
        (!step.dir.is_empty() && step.dir != "/workspace" && step.dir != ".", "dir"),
        (!step.env.is_empty(), "env"),
        (!step.secret_env.is_empty() && program(step) != "pack", "secret_env"),
        (!step.volumes.is_empty(), "volumes"),
        (step.allow_failure || !step.allow_exit_codes.is_empty(), "allow_failure"),
    ];
    match unsupported.iter().find(|(asked, _)| *asked) {
        Some((_, field)) => Err(RestError::unimplemented(format!(
            "the field {field} of a step (steps[{index}].{field})"
        ))),
        None => Ok(()),
    }
}

fn build(index: usize, arguments: &[&str], default_builder: &str) -> Result<Pack, RestError> {
    let mut image = "";
    let mut builder = default_builder;
    let (mut environment, mut secrets) = (BTreeMap::new(), Vec::new());
    let mut rest = arguments.iter().copied();
    while let Some(argument) = rest.next() {
        if !argument.starts_with('-') {
            if !image.is_empty() {
                return Err(RestError::invalid(format!(
                    "steps[{index}]: pack build takes one image, not `{image}` and `{argument}`"
                )));
            }
            image = argument;
            continue;
        }
        let (flag, value) =
            argument.split_once('=').map_or((argument, None), |(flag, value)| (flag, Some(value)));
        if IGNORED_FLAGS.contains(&flag) {
            continue;
        }
        let mut value = || {
            value
                .or_else(|| rest.next())
                .ok_or_else(|| RestError::invalid(format!("steps[{index}]: {flag} needs a value")))
        };
        match flag {
            "--builder" | "-B" => builder = value()?,
            "--env" | "-e" => {
                let pair = value()?;
                if pair.contains('=') {
                    let (name, value) = variable(index, pair)?;
                    environment.insert(name, value);
                } else {
                    secrets.push(pair.to_owned());
                }
            }
            "--path" | "-p" if matches!(value()?, "." | "./" | "/workspace") => {}
            flag if IGNORED_FLAGS_WITH_VALUE.contains(&flag) => drop(value()?),
            _ => {
                return Err(RestError::unimplemented(format!(
                    "`pack build {argument}` (steps[{index}].args)"
                )));
            }
        }
    }
    if image.is_empty() {
        return Err(RestError::invalid(format!(
            "steps[{index}]: pack build needs the name of an image"
        )));
    }
    check_builder(index, builder)?;
    Ok(Pack { image: image.to_owned(), environment, secrets, build_step: index })
}

fn variable(index: usize, pair: &str) -> Result<(String, String), RestError> {
    match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() && !pair.contains('\0') => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err(RestError::invalid(format!("steps[{index}]: --env `{pair}` is not NAME=VALUE"))),
    }
}

fn check_builder(index: usize, builder: &str) -> Result<(), RestError> {
    if BUILDER_PREFIXES.iter().any(|prefix| builder.starts_with(prefix)) {
        return Ok(());
    }
    Err(match builder {
        "" => RestError::invalid(format!(
            "steps[{index}]: pack build needs --builder, or `pack config default-builder` before it"
        )),
        other => RestError::unimplemented(format!(
            "the builder `{other}` (steps[{index}]); use gcr.io/buildpacks/builder"
        )),
    })
}

fn unsupported(index: usize, step: &BuildStep) -> RestError {
    let command = [step.name.as_str(), step.entrypoint.as_str()]
        .into_iter()
        .chain(step.args.iter().map(String::as_str));
    let command: Vec<&str> = command.filter(|word| !word.is_empty()).collect();
    RestError::unimplemented(format!(
        "the step `{}` (steps[{index}]), because it runs no containers. A build is one step `pack build IMAGE \
         --builder=gcr.io/buildpacks/builder` with the image gcr.io/k8s-skaffold/pack and the entrypoint pack, as \
         `gcloud builds submit --pack image=IMAGE` creates it",
        command.join(" ")
    ))
}
