//! What somebody wants of a plan beside that things are as they should be.

use crate::address::{ResourceAddr, ResourceKind};

/// The choices of whoever plans; by default everything is planned and nothing is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Delete what is ours and no longer in the sources.
    pub prune: bool,
    /// Delete in protected environments too, and replace what cannot be changed.
    pub allow_destroy: bool,
    /// Addresses, in which `*` stands for any letters and `?` for one. None means all.
    pub targets: Vec<String>,
    /// None means all.
    pub only: Vec<Part>,
}

/// A part of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Flows,
    Modules,
    /// Functions with what leads to them.
    Lambdas,
    /// Quick connects, and which of them queues offer.
    QuickConnects,
}

impl Part {
    fn has(self, kind: ResourceKind) -> bool {
        match self {
            Part::Flows => kind == ResourceKind::Flow,
            Part::Modules => kind == ResourceKind::Module,
            Part::Lambdas => leads_to_function(kind),
            Part::QuickConnects => matches!(
                kind,
                ResourceKind::QuickConnect | ResourceKind::QueueQuickConnects
            ),
        }
    }

    /// As it is written in arguments and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Flows => "flows",
            Part::Modules => "modules",
            Part::Lambdas => "lambdas",
            Part::QuickConnects => "quick-connects",
        }
    }

    /// Reads what [`Part::as_str`] gives.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            Part::Flows,
            Part::Modules,
            Part::Lambdas,
            Part::QuickConnects,
        ];
        all.into_iter().find(|it| it.as_str() == text)
    }
}

fn leads_to_function(kind: ResourceKind) -> bool {
    matches!(
        kind,
        ResourceKind::Lambda | ResourceKind::Association | ResourceKind::Subscription
    )
}

impl Choices {
    /// Whether nothing is left out.
    pub(super) fn is_everything(&self) -> bool {
        self.targets.is_empty() && self.only.is_empty()
    }

    /// Whether a resource was chosen.
    pub(super) fn chooses(&self, addr: &ResourceAddr) -> bool {
        let is_of_part = self.only.is_empty() || self.only.iter().any(|it| it.has(addr.kind));
        let is_target = self.targets.is_empty() || self.is_target(addr);
        is_of_part && is_target
    }

    /// A function is named together with what leads to it.
    fn is_target(&self, addr: &ResourceAddr) -> bool {
        let of_function = leads_to_function(addr.kind)
            .then(|| ResourceAddr::new(ResourceKind::Lambda, &addr.name).to_string());
        let names = [Some(addr.to_string()), of_function];
        let mut names = names.iter().flatten();
        names.any(|name| self.targets.iter().any(|pattern| glob(pattern, name)))
    }
}

/// Whether a text fits a pattern in which `*` stands for any letters and `?` for one.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last star was, and how far it has reached.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, reached)) => {
                    star = Some((at, reached + 1));
                    p = at + 1;
                    t = reached + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_letters() {
        for (pattern, text, fits) in [
            ("flow.support", "flow.support", true),
            ("flow.support*", "flow.support-chat", true),
            ("flow.*chat", "flow.support-chat-chat", true),
            ("*.main", "module.main", true),
            ("flow.mai?", "flow.main", true),
            ("flow.support", "flow.support-chat", false),
            ("flow.*chat", "flow.support-chats", false),
            ("", "flow.main", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_function_is_chosen_with_what_leads_to_it() {
        let choices = Choices {
            targets: vec!["lambda.bot-*".to_owned()],
            ..Choices::default()
        };
        let addr = |kind| ResourceAddr::new(kind, "bot-join");
        assert!(choices.chooses(&addr(ResourceKind::Association)));
        assert!(choices.chooses(&addr(ResourceKind::Lambda)));
        assert!(!choices.chooses(&addr(ResourceKind::Flow)));
    }
}
