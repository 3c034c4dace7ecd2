//! Calls of modules, and both sides of what they agree on: inputs and results.

use flow::jsonpath;
use flow::model::{Flow, Transitions};
use flow::value::Value;

use super::{Context, Subject};

impl<'a> Context<'a> {
    /// The calls of modules of this run, by action.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (usize, &'a Subject<'a>)> {
        let has_modules = self.subjects.len() > 1 || self.subject.kind == self.module_kind();
        let flow = has_modules.then_some(self.flow);
        flow.into_iter().flat_map(|flow| self.calls_of(flow))
    }

    /// The same for another flow of the run.
    pub(crate) fn calls_of(
        &self,
        flow: &'a Flow,
    ) -> impl Iterator<Item = (usize, &'a Subject<'a>)> {
        let actions = flow.actions.iter().enumerate();
        let calls = actions.filter(|(_, it)| it.kind.as_str() == "InvokeFlowModule");
        calls.filter_map(|(n, action)| {
            let module = self.module(action.parameters.get("FlowModuleId")?)?;
            Some((n, module))
        })
    }

    fn module_kind(&self) -> Option<flow::model::DocumentKind> {
        Some(flow::model::DocumentKind::Module)
    }
}

/// The inputs that a module reads, each with the action that does.
pub(crate) fn inputs_read(module: &Flow) -> Vec<(usize, &str)> {
    let mut read = Vec::new();
    for (n, action) in module.actions.iter().enumerate() {
        jsonpath::visit_action(action, &mut |reference| {
            let mut segments = reference.segments();
            if reference.root == "Modules"
                && segments.next() == Some("Input")
                && let Some(key) = segments.next()
            {
                read.push((n, key));
            }
        });
    }
    read
}

/// The named results with which a module ends, each with the first action that does.
pub(crate) fn results_given(module: &Flow) -> Vec<(usize, &str)> {
    let mut given: Vec<(usize, &str)> = Vec::new();
    for (n, action) in module.actions.iter().enumerate() {
        let is_end = action.kind.as_str() == "EndFlowModuleExecution";
        let result = action.parameters.get("Result").filter(|_| is_end);
        if let Some(result) = result.and_then(Value::as_text)
            && !given.iter().any(|(_, it)| *it == result)
        {
            given.push((n, result));
        }
    }
    given
}

/// The results for which a call has branches; nothing for one that is not known yet.
pub(crate) fn branches(ways: &Transitions) -> impl Iterator<Item = Option<&str>> {
    let conditions = ways.conditions.iter();
    conditions.map(|it| it.operands.first().and_then(Value::as_text))
}
