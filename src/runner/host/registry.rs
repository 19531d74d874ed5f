//! Functions that an embedder offers. The policy decides which of them a module gets, and guards each.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::super::stop::Stop;
use super::answer::Answer;
use super::call::GuardedCall;

type Answering = Pin<Box<dyn Future<Output = Result<Answer, Stop>> + Send>>;

/// A function of the embedder.
#[derive(Clone)]
pub(super) enum Offered {
    /// Answers at once.
    Direct(Arc<dyn Fn(GuardedCall) -> Result<Answer, Stop> + Send + Sync>),
    /// Answers later.
    Waiting(Arc<dyn Fn(GuardedCall) -> Answering + Send + Sync>),
}

/// The functions of an embedder, by module and name. They are an offer: one that the policy does not declare is never linked,
/// and where the policy names a provider, that answers.
#[derive(Clone, Default)]
pub struct Registry {
    functions: BTreeMap<(String, String), Offered>,
}

impl Registry {
    /// Offers a function that answers at once: while it works, nothing else of its thread does, the deadline included.
    pub fn host_fn(
        &mut self,
        module: &str,
        name: &str,
        function: impl Fn(GuardedCall) -> Result<Answer, Stop> + Send + Sync + 'static,
    ) -> &mut Self {
        self.offer(module, name, Offered::Direct(Arc::new(function)))
    }

    /// Offers a function that may wait: at the deadline its future is dropped.
    pub fn host_fn_async<F>(
        &mut self,
        module: &str,
        name: &str,
        function: impl Fn(GuardedCall) -> F + Send + Sync + 'static,
    ) -> &mut Self
    where
        F: Future<Output = Result<Answer, Stop>> + Send + 'static,
    {
        let boxed = move |call| -> Answering { Box::pin(function(call)) };
        self.offer(module, name, Offered::Waiting(Arc::new(boxed)))
    }

    fn offer(&mut self, module: &str, name: &str, function: Offered) -> &mut Self {
        let key = (module.to_owned(), name.to_owned());
        self.functions.insert(key, function);
        self
    }

    pub(super) fn get(&self, module: &str, name: &str) -> Option<Offered> {
        let key = (module.to_owned(), name.to_owned());
        self.functions.get(&key).cloned()
    }
}

impl Offered {
    /// Answers a call.
    ///
    /// # Errors
    /// The embedder stops the guest.
    pub async fn answer(&self, call: GuardedCall) -> Result<Answer, Stop> {
        match self {
            Self::Direct(function) => function(call),
            Self::Waiting(function) => function(call).await,
        }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.functions.keys()).finish()
    }
}
