//! Sending by the budget: an interceptor names the operation of each attempt, and the HTTP client
//! lets the attempt wait for its turn.
//!
//! It waits below the SDK, where every attempt passes, retries included. The SDK signs before, and
//! a signature holds for five minutes, so an attempt whose turn is further off gives up and is made
//! again. No timeout of the SDK runs while it waits: that of the connector starts when it is sent.

use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextMut, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;

use super::answers;
use super::budget::{Budget, Turn};

/// With room for a clock that is not quite right.
const SIGNATURE_HOLDS: Duration = Duration::from_secs(200);

/// The name of an operation as IAM spells it, on its way with the request.
#[derive(Clone, Debug)]
struct Operation(String);

/// Names the operation of each attempt for the connector, and tells the budget of throttling and of
/// the time.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    /// As IAM spells it.
    pub(super) service: &'static str,
    pub(super) budget: Budget,
}

impl Naming {
    fn operation(&self, cfg: &ConfigBag) -> Option<String> {
        let metadata = cfg.load::<Metadata>()?;
        Some(format!("{}:{}", self.service, metadata.name()))
    }
}

impl Intercept for Naming {
    fn name(&self) -> &'static str {
        "names operations"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(operation) = self.operation(cfg) {
            context.request_mut().add_extension(Operation(operation));
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(operation), Some(response)) = (self.operation(cfg), context.response()) {
            let is_throttled = answers::is_throttling(response);
            self.budget.answered(&operation, is_throttled);
            if let Some(seconds) = answers::seconds_ahead(response, SystemTime::now()) {
                self.budget.dated(seconds);
            }
        }
        Ok(())
    }
}

/// An HTTP client that sends when the budget says so.
#[derive(Debug)]
pub(super) struct Paced {
    pub(super) client: SharedHttpClient,
    pub(super) budget: Budget,
}

impl HttpClient for Paced {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(PacedConnector {
            connector: self.client.http_connector(settings, components),
            budget: self.budget.clone(),
        })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_base_client_config(components, cfg)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_final_config(components, cfg)
    }
}

#[derive(Debug)]
struct PacedConnector {
    connector: SharedHttpConnector,
    budget: Budget,
}

impl HttpConnector for PacedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // What has no name is no operation: the search for credentials, which is not rationed.
        let Some(Operation(operation)) = request.extension::<Operation>().cloned() else {
            return self.connector.call(request);
        };
        let (connector, budget) = (self.connector.clone(), self.budget.clone());
        HttpConnectorFuture::new(async move {
            wait(&budget, &operation).await?;
            budget.sent(&operation);
            connector.call(request).await
        })
    }
}

async fn wait(budget: &Budget, operation: &str) -> Result<(), ConnectorError> {
    let pace = budget.pace();
    match budget.turn(operation, SIGNATURE_HOLDS) {
        Turn::In(Duration::ZERO) => Ok(()),
        Turn::In(wait) => {
            pace.sleep(wait).await;
            Ok(())
        }
        Turn::TooFarOff => {
            pace.sleep(SIGNATURE_HOLDS).await;
            // The SDK makes an attempt anew after a timeout.
            let waited = format!("{operation} waits for its turn among many");
            Err(ConnectorError::timeout(waited.into()))
        }
    }
}
