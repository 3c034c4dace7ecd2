//! Statements from needs, and documents of a size that IAM takes.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

/// The size limit of a managed policy in characters, white space not counted (IAM User Guide,
/// quotas).
pub(super) const LIMIT: usize = 6_144;

/// Actions that are allowed on the same resources under the same condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    pub(crate) actions: BTreeSet<&'static str>,
    pub(crate) resources: Vec<String>,
    pub(crate) condition: Option<Json>,
}

impl Statement {
    pub(super) fn json(&self) -> Json {
        let mut json = json!({
            "Effect": "Allow",
            "Action": self.actions,
            "Resource": self.resources,
        });
        if let Some(condition) = &self.condition {
            json["Condition"] = condition.clone();
        }
        json
    }

    fn size(&self) -> usize {
        self.json().to_string().chars().count()
    }

    /// The same in statements that each fit into a document: the longer of the two lists is halved.
    fn fitting(self) -> Vec<Statement> {
        if self.size() + empty_size() <= LIMIT {
            return vec![self];
        }
        let (mut first, mut second) = (self.clone(), self);
        if first.resources.len() >= first.actions.len() {
            second.resources = first.resources.split_off(first.resources.len() / 2);
        } else {
            let actions: Vec<&str> = first.actions.iter().copied().collect();
            let (left, right) = actions.split_at(actions.len() / 2);
            first.actions = left.iter().copied().collect();
            second.actions = right.iter().copied().collect();
        }
        first
            .fitting()
            .into_iter()
            .chain(second.fitting())
            .collect()
    }
}

/// Adds an action to the statement that has its resources and condition.
pub(super) fn allow(
    statements: &mut Vec<Statement>,
    action: &'static str,
    resources: Vec<String>,
    condition: Option<Json>,
) {
    let same = |it: &&mut Statement| it.resources == resources && it.condition == condition;
    match statements.iter_mut().find(same) {
        Some(statement) => {
            statement.actions.insert(action);
        }
        None => statements.push(Statement {
            actions: BTreeSet::from([action]),
            resources,
            condition,
        }),
    }
}

/// Documents that hold all the statements, as few as filling one after the other gives.
pub(super) fn documents(statements: Vec<Statement>) -> Vec<Json> {
    let mut documents: Vec<Vec<Json>> = Vec::new();
    let mut room = 0;
    for statement in statements.into_iter().flat_map(Statement::fitting) {
        // With the comma before it.
        let size = statement.size() + 1;
        match documents.last_mut() {
            Some(last) if size <= room => {
                last.push(statement.json());
                room -= size;
            }
            _ => {
                documents.push(vec![statement.json()]);
                room = (LIMIT - empty_size()).saturating_sub(size);
            }
        }
    }
    documents.into_iter().map(document).collect()
}

fn document(statements: Vec<Json>) -> Json {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn empty_size() -> usize {
    document(Vec::new()).to_string().chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(resources: usize) -> Statement {
        let arn = |n| format!("arn:aws:iam::111122223333:role/acme-prod-function-number-{n}");
        Statement {
            actions: BTreeSet::from(["iam:PutRolePolicy", "iam:CreateRole"]),
            resources: (0..resources).map(arn).collect(),
            condition: None,
        }
    }

    #[test]
    fn many_statements_become_several_documents_below_the_limit() {
        let documents = documents((1..30).map(statement).collect());
        assert!(documents.len() > 3);
        let mut resources = 0;
        for document in &documents {
            assert!(document.to_string().chars().count() <= LIMIT);
            let statements = document["Statement"].as_array().expect("a list");
            let lists = statements
                .iter()
                .map(|it| it["Resource"].as_array().expect("a list"));
            resources += lists.map(Vec::len).sum::<usize>();
        }
        assert_eq!(resources, (1..30).sum::<usize>());
    }

    #[test]
    fn a_statement_that_no_document_holds_is_split_and_loses_nothing() {
        let statements = statement(500).fitting();
        let resources: Vec<&String> = statements.iter().flat_map(|it| &it.resources).collect();
        assert_eq!(resources.len(), 500);
        assert!(
            statements
                .iter()
                .all(|it| it.size() + empty_size() <= LIMIT)
        );
    }
}
