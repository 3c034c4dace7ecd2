//! Which versions Cargo.lock gives the packages of registries.
//!
//! Cargo writes the file itself, a key to a line, so it is read by lines.

use std::collections::{BTreeMap, BTreeSet};

/// The packages of a lock file.
#[derive(Default)]
pub(super) struct Lock {
    packages: Vec<Locked>,
}

#[derive(Default)]
struct Locked {
    name: String,
    version: String,
    source: String,
    checksum: String,
    /// `name`, `name version` or `name version (source)`.
    dependencies: Vec<String>,
}

impl Lock {
    pub(super) fn parse(text: &str) -> Self {
        let mut packages: Vec<Locked> = Vec::new();
        let mut is_in_list = false;
        for line in text.lines().map(str::trim) {
            if line == "[[package]]" {
                packages.push(Locked::default());
                is_in_list = false;
                continue;
            }
            let Some(package) = packages.last_mut() else {
                continue;
            };
            match line.split_once(" = ") {
                _ if line == "]" => is_in_list = false,
                Some(("dependencies", _)) => is_in_list = true,
                Some(("name", value)) => package.name = unquoted(value),
                Some(("version", value)) => package.version = unquoted(value),
                Some(("source", value)) => package.source = unquoted(value),
                Some(("checksum", value)) => package.checksum = unquoted(value),
                _ if is_in_list => package.dependencies.push(unquoted(line)),
                _ => {}
            }
        }
        Self { packages }
    }

    /// All that packages of these names need, in a line each, in order. Of a name that has several
    /// versions all are taken.
    pub(super) fn closure<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let mut by_name: BTreeMap<&str, Vec<&Locked>> = BTreeMap::new();
        for package in &self.packages {
            by_name.entry(&package.name).or_default().push(package);
        }
        let named = |wanted: &str| {
            let mut words = wanted.split(' ');
            let (name, version) = (words.next().unwrap_or_default(), words.next());
            let of_name = by_name.get(name).into_iter().flatten().copied();
            let found = of_name.filter(|it| version.is_none_or(|version| it.version == version));
            found.collect::<Vec<&Locked>>()
        };
        let mut seen = BTreeSet::new();
        let mut to_visit: Vec<&Locked> = names.into_iter().flat_map(named).collect();
        while let Some(package) = to_visit.pop() {
            // The packages of the workspace are known by their files.
            if !package.source.is_empty() && seen.insert(package.shown()) {
                to_visit.extend(package.dependencies.iter().flat_map(|it| named(it)));
            }
        }
        seen.into_iter().collect()
    }
}

impl Locked {
    fn shown(&self) -> String {
        let Self {
            name,
            version,
            source,
            checksum,
            ..
        } = self;
        format!("{name} {version} {source} {checksum}")
    }
}

fn unquoted(text: &str) -> String {
    text.trim_end_matches(',').trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"version = 4

[[package]]
name = "ours"
version = "0.1.0"
dependencies = [
 "a",
 "b 2.0.0",
]

[[package]]
name = "a"
version = "1.0.0"
source = "registry"
checksum = "aa"
dependencies = [
 "b 1.0.0",
]

[[package]]
name = "b"
version = "1.0.0"
source = "registry"
checksum = "b1"

[[package]]
name = "b"
version = "2.0.0"
source = "registry"
checksum = "b2"

[[package]]
name = "c"
version = "1.0.0"
source = "registry"
checksum = "cc"
"#;

    #[test]
    fn what_is_needed_is_followed_and_the_rest_left_out() {
        let lock = Lock::parse(LOCK);
        assert_eq!(
            lock.closure(["a"]),
            ["a 1.0.0 registry aa", "b 1.0.0 registry b1"]
        );
        assert_eq!(lock.closure(["ours"]), [""; 0]);
        assert_eq!(lock.closure(["b"]).len(), 2);
    }
}
