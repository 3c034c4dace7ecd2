//! What a comment says about what it leaves out.

use super::budget::{Part, Step};
use super::parts::{Kind, counted};

/// How much is left out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cut {
    rows: usize,
    pictures: usize,
    smaller_pictures: usize,
    context: usize,
    words: usize,
    blocks: usize,
    sections: usize,
    consequences: usize,
    environment_details: usize,
    environments: usize,
    findings: usize,
}

impl Cut {
    /// Counts what the chosen form of a part gives up.
    pub(super) fn count(&mut self, kind: Kind, part: &Part, form: usize) {
        let given_up = part.forms.get(..=form).unwrap_or_default();
        let has = |step| given_up.iter().any(|it| it.step == step);
        let is_gone = given_up.last().is_some_and(|it| it.text.is_empty());
        match kind {
            Kind::Row => self.rows += usize::from(is_gone),
            Kind::Finding => self.findings += usize::from(is_gone),
            Kind::Environment if is_gone => self.environments += 1,
            Kind::Environment => {
                self.environment_details += usize::from(has(Step::EnvironmentDetail));
            }
            Kind::Section => self.section(has, is_gone),
            _ => {}
        }
    }

    fn section(&mut self, has: impl Fn(Step) -> bool, is_gone: bool) {
        if has(Step::Picture) {
            self.pictures += 1;
        } else if has(Step::PictureSmaller) {
            self.smaller_pictures += 1;
        }
        if is_gone || has(Step::Line) {
            self.sections += 1;
        } else if has(Step::Names) || has(Step::NamesWithAttention) {
            self.blocks += 1;
        } else if has(Step::Words) {
            self.words += 1;
        } else if has(Step::Context) {
            self.context += 1;
        }
        self.consequences += usize::from(has(Step::FewConsequences));
    }

    /// What is said at this place.
    pub(super) fn note(&self, at: Kind) -> String {
        match at {
            Kind::AfterRows if self.rows > 0 => {
                format!("\nand {}, left out here\n", counted(self.rows, "more flow"))
            }
            Kind::AfterEnvironments if self.environments > 0 => {
                format!("- and {}\n", counted(self.environments, "more environment"))
            }
            Kind::AfterFindings if self.findings > 0 => {
                format!("- and {}\n", counted(self.findings, "more error"))
            }
            Kind::Note => self.summary(),
            _ => String::new(),
        }
    }

    fn summary(&self) -> String {
        let of_flows = |n: usize, what: &str| (n, format!("{what} {}", counted(n, "flow")));
        let cuts = [
            of_flows(self.smaller_pictures, "parts of the pictures of"),
            of_flows(self.pictures, "the pictures of"),
            of_flows(self.context, "text around the changed words in"),
            of_flows(self.words, "the changed words in"),
            of_flows(self.blocks, "all but the names of the blocks in"),
            of_flows(self.sections, "the sections of"),
            of_flows(self.consequences, "some consequences for"),
            (
                self.environment_details,
                format!(
                    "the details of {}",
                    counted(self.environment_details, "environment")
                ),
            ),
        ];
        let cuts: Vec<String> = cuts
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|it| it.1)
            .collect();
        if cuts.is_empty() {
            return String::new();
        }
        format!(
            "\n> Cut to fit into a comment: {}. The artifacts of this run have all of it: a page and a picture for each flow (`ADDRESS.html`, `ADDRESS.svg`), and `review.json`.\n",
            cuts.join(", ")
        )
    }
}
