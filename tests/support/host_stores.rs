//! The host's side of config, secrets, key-value, logging and messaging: just enough to run
//! fixtures.

use wasmtime::Result;
use wasmtime::component::{
    ComponentType, Lift, Linker, LinkerInstance, Lower, Resource, ResourceType, StreamReader,
};

use super::State;
use std::task::Poll;

/// How often a call looks whether the others have arrived.
const MOST_TURNS: u32 = 100_000;

/// A secret's handle; the representation is its place in `State::asked`.
struct Secret;
/// A bucket's handle; the representation is its place in `State::asked`.
struct Bucket;

#[derive(ComponentType, Lower)]
#[component(variant)]
#[allow(dead_code, reason = "the interface has these cases")]
enum ConfigError {
    #[component(name = "upstream")]
    Upstream(String),
    #[component(name = "io")]
    Io(String),
}

#[derive(ComponentType, Lower)]
#[component(variant)]
#[allow(dead_code, reason = "the interface has these cases")]
enum SecretsError {
    #[component(name = "upstream")]
    Upstream(String),
    #[component(name = "io")]
    Io(String),
    #[component(name = "not-found")]
    NotFound,
}

#[derive(ComponentType, Lower)]
#[component(variant)]
#[allow(dead_code, reason = "the interface has these cases")]
enum SecretValue {
    #[component(name = "string")]
    String(String),
    #[component(name = "bytes")]
    Bytes(Vec<u8>),
}

#[derive(ComponentType, Lower)]
#[component(variant)]
#[allow(dead_code, reason = "the interface has these cases")]
enum KeyValueError {
    #[component(name = "no-such-store")]
    NoSuchStore,
    #[component(name = "access-denied")]
    AccessDenied,
    #[component(name = "other")]
    Other(String),
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[allow(dead_code, reason = "the interface has these cases")]
enum Level {
    #[component(name = "trace")]
    Trace,
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
    #[component(name = "critical")]
    Critical,
}

#[derive(ComponentType, Lift)]
#[component(record)]
struct BrokerMessage {
    subject: String,
    body: StreamReader<u8>,
    #[component(name = "reply-to")]
    reply_to: Option<String>,
}

#[derive(ComponentType, Lower)]
#[component(variant)]
#[allow(dead_code, reason = "the interface has these cases")]
enum MessagingError {
    #[component(name = "subject-invalid")]
    SubjectInvalid,
    #[component(name = "access-denied")]
    AccessDenied,
    #[component(name = "timeout")]
    Timeout,
    #[component(name = "broker-unavailable")]
    BrokerUnavailable,
    #[component(name = "message-too-large")]
    MessageTooLarge,
    #[component(name = "quota-exceeded")]
    QuotaExceeded,
    #[component(name = "other")]
    Other(String),
}

/// Adds everything.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    config(&mut linker.instance("wasi:config/store@0.2.0-rc.1")?)?;
    secrets_sync(linker)?;
    secrets_async(linker)?;
    for label in ["primary", "replica", "wasi:keyvalue/store@0.2.0-draft"] {
        keyvalue(&mut linker.instance(label)?, label)?;
    }
    linker
        .root()
        .func_wrap("probe", |_, _: (String, bool)| Ok((false,)))?;
    let mut logging = linker.instance("wasi:logging/logging@0.1.0-draft")?;
    logging.func_wrap(
        "log",
        |mut store, (_, context, message): (Level, String, String)| {
            let state: &mut State = store.data_mut();
            state.ask("log", format!("{context}: {message}"));
            Ok(())
        },
    )?;
    let mut consumer = linker.instance("wasmcloud:messaging/consumer@0.3.0")?;
    consumer.func_wrap_concurrent("publish", |accessor, (message,): (BrokerMessage,)| {
        Box::pin(async move {
            let BrokerMessage {
                subject, mut body, ..
            } = message;
            accessor.with(|mut access| {
                access.get().ask("topic", subject);
                body.close(access)
            })?;
            Ok((Ok::<(), MessagingError>(()),))
        })
    })
}

fn config(config: &mut LinkerInstance<'_, State>) -> Result<()> {
    config.func_wrap("get", |mut store, (key,): (String,)| {
        let state: &mut State = store.data_mut();
        let value = state
            .config
            .get(key.as_str())
            .map(|value| (*value).to_owned());
        state.ask("config", key);
        Ok((Ok::<_, ConfigError>(value),))
    })?;
    config.func_wrap("get-all", |mut store, ()| {
        let state: &mut State = store.data_mut();
        state.ask("config", "*");
        let all = state.config.iter();
        let all: Vec<(String, String)> = all
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Ok((Ok::<_, ConfigError>(all),))
    })
}

impl State {
    /// Hands out the secret called `key`.
    fn secret(&mut self, key: String) -> Result<Resource<Secret>, SecretsError> {
        let known = self.secrets.contains_key(key.as_str());
        let place = self.asked.len();
        self.ask("secret", key);
        match u32::try_from(place) {
            Ok(place) if known => Ok(Resource::new_own(place)),
            _ => Err(SecretsError::NotFound),
        }
    }

    fn reveal(&mut self, secret: &Resource<Secret>) -> SecretValue {
        let key = self.name_at(secret.rep());
        let value = self.secrets.get(key.as_str()).copied().unwrap_or_default();
        self.ask("reveal", key);
        SecretValue::String(value.to_owned())
    }

    /// The name that the handle with this representation was given for.
    fn name_at(&self, place: u32) -> String {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let asked = self.asked.get(place);
        asked.map(|asked| asked.name.clone()).unwrap_or_default()
    }
}

fn secrets_sync(linker: &mut Linker<State>) -> Result<()> {
    let mut store = linker.instance("wasmcloud:secrets/store@1.0.0")?;
    store.resource("secret", ResourceType::host::<Secret>(), |_, _| Ok(()))?;
    store.func_wrap("get", |mut store, (key,): (String,)| {
        Ok((store.data_mut().secret(key),))
    })?;
    let mut reveal = linker.instance("wasmcloud:secrets/reveal@1.0.0")?;
    reveal.func_wrap("reveal", |mut store, (secret,): (Resource<Secret>,)| {
        Ok((store.data_mut().reveal(&secret),))
    })
}

fn secrets_async(linker: &mut Linker<State>) -> Result<()> {
    let mut store = linker.instance("wasmcloud:secrets/store@2.1.0")?;
    store.resource("secret", ResourceType::host::<Secret>(), |_, _| Ok(()))?;
    store.func_wrap_concurrent("get", |accessor, (key,): (String,)| {
        Box::pin(async move {
            accessor.with(|mut access| access.get().arrived += 1);
            let mut left = MOST_TURNS;
            std::future::poll_fn(|context| {
                left -= 1;
                let both = accessor.with(|mut access| {
                    let state: &mut State = access.get();
                    state.arrived >= state.together
                });
                if both || left == 0 {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
            if left == 0 {
                return Ok((Err(SecretsError::Io("nobody else came".to_owned())),));
            }
            Ok((accessor.with(|mut access| access.get().secret(key)),))
        })
    })?;
    let mut reveal = linker.instance("wasmcloud:secrets/reveal@2.1.0")?;
    reveal.func_wrap_concurrent("reveal", |accessor, (secret,): (Resource<Secret>,)| {
        Box::pin(async move { Ok((accessor.with(|mut access| access.get().reveal(&secret)),)) })
    })?;
    for label in ["database-password", "api-token", "feed-token"] {
        let mut one = linker.instance(label)?;
        one.func_wrap_concurrent("get", move |accessor, (): ()| {
            Box::pin(async move {
                let secret = accessor.with(|mut access| access.get().secret(label.to_owned()));
                let secret = secret.map_err(|_| wasmtime::format_err!("no secret `{label}`"))?;
                Ok((secret,))
            })
        })?;
    }
    Ok(())
}

fn keyvalue(store: &mut LinkerInstance<'_, State>, label: &'static str) -> Result<()> {
    store.resource("bucket", ResourceType::host::<Bucket>(), |_, _| Ok(()))?;
    store.func_wrap("open", move |mut store, (name,): (String,)| {
        let state: &mut State = store.data_mut();
        let place = u32::try_from(state.asked.len())?;
        state.ask("bucket", format!("{label}/{name}"));
        Ok((Ok::<_, KeyValueError>(Resource::<Bucket>::new_own(place)),))
    })?;
    store.func_wrap(
        "[method]bucket.get",
        |mut store, (bucket, key): (Resource<Bucket>, String)| {
            let state: &mut State = store.data_mut();
            let bucket = state.name_at(bucket.rep());
            state.ask("bucket-key", format!("{bucket}/{key}"));
            Ok((Ok::<_, KeyValueError>(Some(key.into_bytes())),))
        },
    )?;
    store.func_wrap(
        "[method]bucket.set",
        |mut store, (bucket, key, _): (Resource<Bucket>, String, Vec<u8>)| {
            let state: &mut State = store.data_mut();
            let bucket = state.name_at(bucket.rep());
            state.ask("bucket-key", format!("{bucket}/{key}"));
            Ok((Ok::<(), KeyValueError>(()),))
        },
    )
}
