//! `policies`: what planning and deploying must be allowed.

use provision::desired::Desired;
use provision::policies::{self, Document, Purpose, Repository};
use provision::scope::Scope;
use serde_json::{Value, json};

use crate::args::{PoliciesArgs, PolicyPurpose};
use crate::deployment;
use crate::exit::{Helped, Outcome};
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::{self, Foundation};

pub(super) async fn run(
    args: &PoliciesArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(foundation) = sources::foundation(project, &args.target.env, printer)? else {
        return Ok(Outcome::No);
    };
    let repository = args.repository.as_deref().map(repository).transpose()?;
    let instance = match args.live {
        true => Some(instance_arn(args, &foundation).await?),
        false => None,
    };
    let Foundation { environment, infra } = foundation;
    let (desired, _) = Desired::new(&environment, &infra, Vec::new(), Vec::new());
    let mut documents = documents(&desired, args.purpose.as_ref(), instance.as_deref())?;
    if let Some(repository) = &repository {
        let trust = policies::github_trust(desired.scope(), repository, &environment.name);
        documents.extend(wanted_trust(args.purpose.as_ref(), trust));
    }
    printer.view(|| human(&documents), || json(&documents));
    Ok(Outcome::Done)
}

fn repository(text: &str) -> anyhow::Result<Repository> {
    Repository::parse(text).ok_or_else(|| {
        let help = "write the owner and the name, without wildcards: acme/chat-flows";
        Helped::new(format!("`{text}` is not a repository on GitHub"), help).into()
    })
}

async fn instance_arn(args: &PoliciesArgs, foundation: &Foundation) -> anyhow::Result<String> {
    let environment = foundation.environment.for_reading();
    let endpoint = args.target.endpoint();
    let clients = deployment::connect(&environment, endpoint.as_deref()).await?;
    let scope = Scope::new(&environment);
    let found = provision::live::instance_arn(&clients, &scope).await?;
    found.ok_or_else(|| {
        let help = "leave --live out, or run `cargo xtask bootstrap` first";
        Helped::new(format!("there is no instance {}", scope.alias), help).into()
    })
}

fn documents(
    desired: &Desired,
    purpose: Option<&PolicyPurpose>,
    instance: Option<&str>,
) -> anyhow::Result<Vec<Document>> {
    let of = |purposes: &[Purpose]| -> Vec<Document> {
        let purposes = purposes.iter();
        purposes
            .flat_map(|purpose| policies::documents(desired, *purpose, instance))
            .collect()
    };
    Ok(match purpose {
        Some(PolicyPurpose::Plan) => of(&[Purpose::Plan]),
        Some(PolicyPurpose::Deploy) => of(&[Purpose::Plan, Purpose::Deploy, Purpose::Prune]),
        Some(PolicyPurpose::Bootstrap) => of(&[Purpose::Plan, Purpose::Bootstrap]),
        Some(PolicyPurpose::Destroy) => of(&[Purpose::Plan, Purpose::Destroy]),
        Some(PolicyPurpose::Lambda(name)) => {
            let role = policies::function_role(desired, name, instance);
            let role = role.ok_or_else(|| {
                let names: Vec<&str> = desired.function_names().collect();
                let help = format!("there are {}", names.join(", "));
                Helped::new(format!("there is no Lambda `{name}`"), help)
            })?;
            role.into()
        }
        None => {
            let names = desired.function_names();
            let roles = names.filter_map(|name| policies::function_role(desired, name, instance));
            let roles: Vec<Document> = roles.flatten().collect();
            of(&Purpose::ALL).into_iter().chain(roles).collect()
        }
    })
}

/// The trust policies that go with what is asked for.
fn wanted_trust(purpose: Option<&PolicyPurpose>, trust: [Document; 2]) -> Vec<Document> {
    let [plan, deploy] = trust;
    match purpose {
        None => vec![plan, deploy],
        Some(PolicyPurpose::Plan) => vec![plan],
        Some(PolicyPurpose::Deploy) => vec![deploy],
        Some(PolicyPurpose::Bootstrap | PolicyPurpose::Destroy | PolicyPurpose::Lambda(_)) => {
            Vec::new()
        }
    }
}

fn human(documents: &[Document]) -> String {
    let texts = documents.iter().map(|document| {
        let notes = document.notes.iter().map(|note| format!("# {note}\n"));
        let notes: String = notes.collect();
        let Document {
            name,
            about,
            policy,
            ..
        } = document;
        format!("# {name}\n# {about}\n{notes}{policy:#}\n")
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn json(documents: &[Document]) -> Value {
    let documents = documents.iter().map(|document| {
        json!({
            "name": document.name,
            "about": document.about,
            "policy": document.policy,
            "notes": document.notes,
        })
    });
    json!({ "documents": documents.collect::<Vec<_>>() })
}
