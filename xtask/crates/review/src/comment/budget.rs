//! What is left out when there is not room for everything: the least important first, and of
//! equally important things the biggest.

/// A part of the comment, whole and in shorter forms.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    /// From the longest to the shortest, which may be empty.
    pub(super) forms: Vec<Form>,
    /// Of equally important steps, those of parts that need attention come last.
    pub(super) needs_attention: bool,
}

/// One form of a part.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) text: String,
    /// When this form takes the place of the one before.
    pub(super) step: Step,
}

/// What is given up, the least important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Nothing: the whole.
    Whole,
    PictureSmaller,
    Picture,
    Context,
    Words,
    EnvironmentDetail,
    /// All but the names of the blocks.
    Names,
    NamesWithAttention,
    /// All but the consequences that need attention, and what the table says.
    Line,
    Finding,
    Environment,
    Row,
    FewConsequences,
    AttentionItem,
    AttentionRow,
}

impl Part {
    pub(super) fn fixed(text: String) -> Self {
        Self::default().then(Step::Whole, text)
    }

    /// The part with a shorter form. One that is not shorter is left out: it would give up
    /// something for nothing.
    pub(super) fn then(mut self, step: Step, text: String) -> Self {
        let is_shorter = self
            .forms
            .last()
            .is_none_or(|it| text.len() < it.text.len());
        if is_shorter {
            self.forms.push(Form { text, step });
        }
        self
    }

    fn len(&self, form: usize) -> usize {
        self.forms.get(form).map_or(0, |it| it.text.len())
    }
}

/// The form of each part with which all of them have room.
pub(super) fn fit(parts: &[Part], room: usize) -> Vec<usize> {
    let mut chosen = vec![0; parts.len()];
    let mut total: usize = parts.iter().map(|it| it.len(0)).sum();
    if total <= room {
        return chosen;
    }
    for (part, form) in steps(parts) {
        if total <= room {
            break;
        }
        let before = parts[part].len(chosen[part]);
        total -= before - parts[part].len(form);
        chosen[part] = form;
    }
    chosen
}

/// Every part and form, in the order in which they are taken.
fn steps(parts: &[Part]) -> Vec<(usize, usize)> {
    let mut steps = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        for (form, shorter) in part.forms.iter().enumerate().skip(1) {
            let saved = part.len(form - 1).saturating_sub(part.len(form));
            let order = (
                shorter.step,
                part.needs_attention,
                std::cmp::Reverse(saved),
                std::cmp::Reverse(n),
            );
            steps.push((order, n, form));
        }
    }
    steps.sort();
    steps.into_iter().map(|(_, n, form)| (n, form)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(steps: &[(Step, usize)]) -> Part {
        let forms = steps.iter();
        forms.fold(Part::default(), |part, (step, size)| {
            part.then(*step, "x".repeat(*size))
        })
    }

    #[test]
    fn pictures_go_from_the_biggest_to_the_smallest() {
        let with_picture =
            |size| part(&[(Step::Whole, size), (Step::Picture, 10), (Step::Words, 5)]);
        let parts = [with_picture(50), with_picture(90), with_picture(70)];
        assert_eq!(fit(&parts, 210), [0, 0, 0]);
        assert_eq!(fit(&parts, 209), [0, 1, 0]);
        assert_eq!(fit(&parts, 100), [0, 1, 1]);
        assert_eq!(fit(&parts, 30), [1, 1, 1]);
        assert_eq!(fit(&parts, 29), [1, 1, 2]);
    }

    #[test]
    fn what_needs_attention_goes_last() {
        let mut parts = [
            part(&[(Step::Whole, 90), (Step::Words, 5)]),
            part(&[(Step::Whole, 50), (Step::Words, 5)]),
        ];
        parts[0].needs_attention = true;
        assert_eq!(fit(&parts, 100), [0, 1]);
    }

    #[test]
    fn a_form_that_saves_nothing_is_no_form() {
        let part = part(&[(Step::Whole, 5), (Step::Picture, 5), (Step::Words, 3)]);
        assert_eq!(part.forms.len(), 2);
    }
}
