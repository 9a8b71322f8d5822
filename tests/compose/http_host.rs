//! What serves a composition of `wasi:http`, and what places an order.

use super::host::{Host, in_tokio};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use std::collections::BTreeMap;
use std::sync::mpsc;
use wasmtime::component::{
    Component, ComponentType, Lift, Linker, Lower, Resource, ResourceAny, ResourceTable,
    ResourceType,
};
use wasmtime::{Config, Engine, Result, Store};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::Proxy;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::p3::Request;
use wasmtime_wasi_http::p3::bindings::Service;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

/// More output than any fixture makes.
const OUTPUT_LIMIT: usize = 1 << 20;

/// What a client gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Nothing is sent outside.
struct NoNetwork;

type Sent = Result<
    (
        http::Response<WasiBody>,
        Box<dyn Future<Output = Result<(), Error>> + Send>,
    ),
    Error,
>;

impl WasiHttpHooks for NoNetwork {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        panic!("a request left the composition: {}", request.uri());
    }
}

/// What `wasi:config` has, and what was asked of it and of `wasi:keyvalue`.
#[derive(Default)]
pub(crate) struct Stores {
    pub(crate) config: BTreeMap<&'static str, &'static str>,
    pub(crate) asked: Vec<String>,
}

struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: NoNetwork,
    table: ResourceTable,
    stores: Stores,
}

/// A bucket of a key-value store.
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
enum KeyValueError {
    #[component(name = "no-such-store")]
    NoSuchStore,
    #[component(name = "access-denied")]
    AccessDenied,
    #[component(name = "other")]
    Other(String),
}

/// Configuration, and two key-value stores: one without a label, one as `archive`.
fn add_stores(linker: &mut Linker<State>) -> Result<()> {
    let mut config = linker.instance("wasi:config/store@0.2.0-rc.1")?;
    config.func_wrap("get", |mut store, (key,): (String,)| {
        let stores: &mut Stores = &mut store.data_mut().stores;
        let value = stores.config.get(key.as_str()).map(|v| v.to_string());
        stores.asked.push(format!("config {key}"));
        Ok((Ok::<_, ConfigError>(value),))
    })?;
    for name in ["wasi:keyvalue/store@0.2.0-draft", "archive"] {
        let mut kv = linker.instance(name)?;
        kv.resource("bucket", ResourceType::host::<Bucket>(), |_, _| Ok(()))?;
        kv.func_wrap("open", move |mut store, (bucket,): (String,)| {
            let stores: &mut Stores = &mut store.data_mut().stores;
            stores.asked.push(format!("{name} {bucket}"));
            Ok((Ok::<_, KeyValueError>(Resource::<Bucket>::new_own(0)),))
        })?;
        kv.func_wrap(
            "[method]bucket.set",
            |_, _: (Resource<Bucket>, String, Vec<u8>)| Ok((Ok::<(), KeyValueError>(()),)),
        )?;
    }
    Ok(())
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.hooks,
        }
    }
}

struct Served {
    store: Store<State>,
    component: Component,
    linker: Linker<State>,
    stderr: MemoryOutputPipe,
}

fn serve(bytes: &[u8], stores: Stores) -> Result<Served> {
    let mut config = Config::new();
    config.wasm_component_model_implements(true);
    let engine = Engine::new(&config)?;
    let component = Component::new(&engine, bytes)?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    add_stores(&mut linker)?;
    let stderr = MemoryOutputPipe::new(OUTPUT_LIMIT);
    let state = State {
        wasi: WasiCtx::builder().stderr(stderr.clone()).build(),
        http: WasiHttpCtx::new(),
        hooks: NoNetwork,
        table: ResourceTable::new(),
        stores,
    };
    Ok(Served {
        store: Store::new(&engine, state),
        component,
        linker,
        stderr,
    })
}

fn request(path: &str, known: bool) -> http::Request<Empty<Bytes>> {
    let mut request = http::Request::builder().uri(format!("http://shop.example{path}"));
    if known {
        request = request.header("authorization", "Bearer t");
    }
    request.body(Empty::new()).expect("a good request")
}

/// Asks a composition that exports `wasi:http/incoming-handler` of WASI 0.2; also gives what
/// it wrote to standard error.
pub(crate) fn ask(bytes: &[u8], path: &str, known: bool) -> (Answer, String) {
    let (answer, log, _) = ask_with(bytes, path, known, Stores::default());
    (answer, log)
}

/// [`ask`], with stores; also gives what was asked of them.
pub(crate) fn ask_with(
    bytes: &[u8],
    path: &str,
    known: bool,
    stores: Stores,
) -> (Answer, String, Vec<String>) {
    let asked = async {
        let mut served = serve(bytes, stores)?;
        let store = &mut served.store;
        let proxy = Proxy::instantiate_async(&mut *store, &served.component, &served.linker);
        let proxy = proxy.await?;
        let (sender, receiver) = mpsc::channel();
        let mut http = store.data_mut().http();
        let incoming = http.new_incoming_request(Scheme::Http, request(path, known))?;
        let out = http.new_response_outparam_from_callback(move |response| {
            let (parts, body) = response.expect("an answer").into_parts();
            // Read while it is written: the guest waits until somebody does.
            let reading = wasmtime_wasi::runtime::spawn(async move {
                let body = body.collect().await.expect("a whole body").to_bytes();
                let _ = sender.send((parts.status.as_u16(), body));
            });
            // Dropping it would end it.
            std::mem::forget(reading);
        })?;
        let handler = proxy.wasi_http_incoming_handler();
        handler.call_handle(&mut *store, incoming, out).await?;
        let (status, body) = receiver.recv()?;
        let body = String::from_utf8_lossy(&body).into_owned();
        let log = String::from_utf8_lossy(&served.stderr.contents()).into_owned();
        let asked = std::mem::take(&mut served.store.data_mut().stores.asked);
        wasmtime::error::Ok((Answer { status, body }, log, asked))
    };
    in_tokio(asked).expect("an answer")
}

/// Asks a composition that exports `wasi:http/handler` of WASI 0.3.
pub(crate) fn ask3(bytes: &[u8], path: &str, known: bool) -> Answer {
    ask3_logged(bytes, path, known).0
}

/// [`ask3`]; also gives what was written to standard error.
pub(crate) fn ask3_logged(bytes: &[u8], path: &str, known: bool) -> (Answer, String) {
    let requests = [(path.to_string(), known)];
    let (mut answers, log) = all3(bytes, &requests);
    (answers.pop().expect("an answer"), log)
}

/// The same for many requests at once, all to one instance.
pub(crate) fn ask3_all(bytes: &[u8], paths: &[String]) -> Vec<Answer> {
    let requests = paths.iter().map(|path| (path.clone(), false));
    all3(bytes, &requests.collect::<Vec<_>>()).0
}

fn all3(bytes: &[u8], requests: &[(String, bool)]) -> (Vec<Answer>, String) {
    let asked = async {
        let mut served = serve(bytes, Stores::default())?;
        let store = &mut served.store;
        let service = Service::instantiate_async(&mut *store, &served.component, &served.linker);
        let service = service.await?;
        let answers: Result<Vec<Answer>> = store
            .run_concurrent(async |store| {
                let asked = requests.iter().map(|(path, known)| async {
                    let (request, _sent) =
                        Request::from_http(&mut NoNetwork, request(path, *known));
                    let response = service.handle(store, request).await?;
                    let response = response.map_err(|code| wasmtime::format_err!("{code:?}"))?;
                    let response =
                        store.with(|store| response.into_http(store, async { Ok(()) }))?;
                    let (parts, body) = response.into_parts();
                    let body = body.collect().await;
                    let body = body.map_err(|error| wasmtime::format_err!("{error:?}"))?;
                    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
                    let status = parts.status.as_u16();
                    wasmtime::error::Ok(Answer { status, body })
                });
                let mut answers = Vec::new();
                for answer in join_all(asked.collect()).await {
                    answers.push(answer?);
                }
                wasmtime::error::Ok(answers)
            })
            .await?;
        let log = String::from_utf8_lossy(&served.stderr.contents()).into_owned();
        wasmtime::error::Ok((answers?, log))
    };
    in_tokio(asked).expect("an answer")
}

/// Waits for all of several at once.
async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (future, done) in futures.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *done = Some(value);
            }
        }
        match done.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(done.drain(..).flatten().collect()),
            false => std::task::Poll::Pending,
        }
    })
    .await
}

#[derive(ComponentType, Lift, Debug)]
#[component(record)]
struct Price {
    cents: u32,
    #[allow(dead_code, reason = "part of the type")]
    currency: String,
}

#[derive(ComponentType, Lift, Debug)]
#[component(record)]
struct Receipt {
    #[allow(dead_code, reason = "part of the type")]
    id: u64,
    total: Price,
    reference: String,
}

#[derive(ComponentType, Lift, Debug)]
#[component(variant)]
enum OrderError {
    #[component(name = "rejected")]
    Rejected(String),
    #[component(name = "unavailable")]
    Unavailable(String),
}

type Placed = std::result::Result<Receipt, OrderError>;

/// A host that knows what the shop wants.
fn shop() -> Host {
    Host {
        env: BTreeMap::from([("ORDER_PREFIX", "T-")]),
        config: BTreeMap::from([("price_tea", "300"), ("currency", "CHF")]),
        secrets: BTreeMap::from([("receipt-signing-key", "a key for tests")]),
        ..Host::default()
    }
}

/// Places an order at a composition of the shop: its reference or why not, and what was
/// written to standard error.
pub(crate) fn place(bytes: &[u8], sku: &str) -> (std::result::Result<String, String>, String) {
    let placed = async {
        let mut running = shop().start(bytes).await?;
        let order = (sku.to_string(), 1u32);
        let (placed,): (Placed,) = running
            .call("acme:shop/orders@0.1.0", "place", order)
            .await?;
        let placed = match placed {
            Ok(receipt) => Ok(receipt.reference),
            Err(OrderError::Rejected(why) | OrderError::Unavailable(why)) => Err(why),
        };
        wasmtime::error::Ok((placed, running.stderr()))
    };
    in_tokio(placed).expect("the shop runs")
}

/// Fills a cart of a shop and pays it: what each step came to in cents, or why not.
pub(crate) fn cart(bytes: &[u8], sku: &str) -> (std::result::Result<[u32; 2], String>, String) {
    const ORDERS: &str = "acme:shop/orders@0.1.0";
    type Added = std::result::Result<Price, OrderError>;
    let why = |error| match error {
        OrderError::Rejected(why) | OrderError::Unavailable(why) => why,
    };
    let bought = async {
        let mut running = shop().start(bytes).await?;
        let customer = ("somebody".to_string(),);
        let (cart,): (ResourceAny,) = running.call(ORDERS, "[constructor]cart", customer).await?;
        let item = (cart, sku.to_string(), 3u32);
        let (added,): (Added,) = running.call(ORDERS, "[method]cart.add", item).await?;
        let bought = match added {
            Err(error) => Err(why(error)),
            Ok(price) => {
                let (paid,): (Placed,) = running
                    .call(ORDERS, "[static]cart.checkout", (cart,))
                    .await?;
                paid.map(|receipt| [price.cents, receipt.total.cents])
                    .map_err(why)
            }
        };
        wasmtime::error::Ok((bought, running.stderr()))
    };
    in_tokio(bought).expect("the shop runs")
}
