//! What the profile says that the bridge cannot carry: planned, fused and run; then planned with
//! a profile that refuses nothing, and refused by the bridge itself.

use anyhow::{Context as _, Result};
use gusset_wrpc::{Binary, Links, Server, Workload};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);
const WORK: &str = "test:limits/work@0.1.0";

/// A host that claims to carry everything.
const ANYTHING: &str = "[profile]\nname = \"anything\"\nsummary = \"refuses nothing\"\n\
                        extends = \"wrpc-wasmtime\"\n\
                        [[link]]\nmechanism = \"rpc\"\nmatching = \"exact\"\nrefuses = []\n\
                        errors = [\"wrpc:rpc/error@0.1.0#error\"]\nmay-fail = true\n";

/// An edge with one thing in its type.
struct Limit {
    /// What the plan says about it.
    says: &'static str,
    /// What the bridge says; `None` when it carries it.
    refuses: Option<&'static str>,
    /// What `run` returns in one binary, and over the bridge if that carries it.
    answers: (u32, u32),
    /// The import of the caller.
    import: &'static str,
    caller: String,
    worker: String,
}

/// A worker whose function `f` does `body`, and a caller that returns what `f` gives for what
/// `call` leaves on the stack. `types` stand in front of both, `ty` is the type of `f`; `flat`
/// its core type.
fn limit(says: &'static str, refuses: &'static str, of: &Text) -> Limit {
    let Text {
        types,
        ty,
        flat,
        give,
        makes,
        given,
        body,
        takes,
        taken,
        run,
    } = of;
    let caller = format!(
        "(component {types}
          (import \"{WORK}\" (instance $w (export \"f\" (func {ty}))))
          (core module $mem (memory (export \"mem\") 1)
            (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) i32.const 64))
          (core instance $mem (instantiate $mem))
          (core func $f (canon lower (func $w \"f\") (memory $mem \"mem\")))
          {makes}
          (core module $m
            (import \"\" \"f\" (func $f {flat}))
            {given}
            (func (export \"run\") (result i32) {give} call $f))
          (core instance $i (instantiate $m (with \"\" (instance (export \"f\" (func $f)) {take_given}))))
          (func (export \"run\") {run} (result u32) (canon lift (core func $i \"run\"))))",
        take_given = exports(given),
    );
    let worker = format!(
        "(component {types}
          (core module $mem (memory (export \"mem\") 1)
            (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) i32.const 64))
          (core instance $mem (instantiate $mem))
          {takes}
          (core module $m
            {taken}
            (func (export \"f\") {flat} {body}))
          (core instance $i (instantiate $m (with \"\" (instance {take_taken}))))
          (func $f {ty} (canon lift (core func $i \"f\")
            (memory $mem \"mem\") (realloc (func $mem \"realloc\"))))
          (instance $e (export \"f\" (func $f)))
          (export \"{WORK}\" (instance $e)))",
        take_taken = exports(taken),
    );
    Limit {
        says,
        refuses: Some(refuses),
        answers: (7, 7),
        import: WORK,
        caller,
        worker,
    }
}

/// The import of a core function `$x` as the instance that has it.
fn exports(import: &str) -> &'static str {
    match import {
        "" => "",
        _ => "(export \"x\" (func $x))",
    }
}

#[derive(Default)]
struct Text {
    types: &'static str,
    ty: &'static str,
    flat: &'static str,
    give: &'static str,
    makes: &'static str,
    given: &'static str,
    body: &'static str,
    takes: &'static str,
    taken: &'static str,
    run: &'static str,
}

const FLAT: &str = "(param i32) (result i32)";

fn plain() -> Text {
    Text {
        ty: "(param \"x\" u32) (result u32)",
        flat: FLAT,
        give: "i32.const 6",
        body: "local.get 0 i32.const 1 i32.add",
        ..Text::default()
    }
}

/// A value that `x` makes on one side and takes on the other.
fn passed(types: &'static str, ty: &'static str, makes: &'static str, takes: &'static str) -> Text {
    Text {
        types,
        ty,
        flat: FLAT,
        give: "call $x i32.wrap_i64",
        makes,
        given: "(import \"\" \"x\" (func $x (result i64)))",
        body: "local.get 0 call $x i32.const 7",
        takes,
        taken: "(import \"\" \"x\" (func $x (param i32)))",
        run: "",
    }
}

fn limits() -> Vec<Limit> {
    let asynchronous = Text {
        ty: "async (param \"x\" u32) (result u32)",
        run: "async",
        ..plain()
    };
    let stream = passed(
        "(type $s (stream u8))",
        "(param \"x\" $s) (result u32)",
        "(core func $x (canon stream.new $s))",
        "(core func $x (canon stream.drop-readable $s))",
    );
    let future = passed(
        "(type $s (future u8))",
        "(param \"x\" $s) (result u32)",
        "(core func $x (canon future.new $s))",
        "(core func $x (canon future.drop-readable $s))",
    );
    let context = Text {
        give: "i32.const 0 i32.const 0 call $x",
        given: "(import \"\" \"x\" (func $x (param i32 i32) (result i32)))",
        ..passed(
            "",
            "(param \"x\" error-context) (result u32)",
            "(core func $x (canon error-context.new (memory $mem \"mem\")))",
            "(core func $x (canon error-context.drop))",
        )
    };
    let map = Text {
        types: "(type $s (map u32 u32))",
        ty: "(param \"x\" $s) (result u32)",
        flat: "(param i32 i32) (result i32)",
        give: "i32.const 0 i32.const 0",
        body: "i32.const 7",
        ..Text::default()
    };
    let pollable = Text {
        give: "i64.const 0 call $x",
        given: "(import \"\" \"x\" (func $x (param i64) (result i32)))",
        ..passed(
            "(import \"wasi:io/poll@0.2.0\" (instance $poll
               (export \"pollable\" (type (sub resource)))))
             (alias export $poll \"pollable\" (type $p))
             (import \"wasi:clocks/monotonic-clock@0.2.0\" (instance $clock
               (export \"pollable\" (type $q (eq $p)))
               (export \"subscribe-duration\" (func (param \"when\" u64) (result (own $q))))))",
            "(param \"x\" (own $p)) (result u32)",
            "(core func $x (canon lower (func $clock \"subscribe-duration\")))",
            "(core func $x (canon resource.drop $p))",
        )
    };
    vec![
        limit("`f` is `async`", "async", &asynchronous),
        limit(
            "`f` has a `stream` in the type",
            "async not supported",
            &stream,
        ),
        limit(
            "`f` has a `future` in the type",
            "async not supported",
            &future,
        ),
        limit(
            "`f` has an `error-context` in the type",
            "async not supported",
            &context,
        ),
        limit("`f` has a `map` in the type", "value type mismatch", &map),
        limit(
            "`f` has a handle of a resource of the host",
            "encoding host resources not supported yet",
            &pollable,
        ),
        borrowed(),
    ]
}

/// The worker counts the carts that were dropped; the caller returns ten times what `add`
/// says, and the count after it dropped its cart.
fn borrowed() -> Limit {
    let caller = format!(
        "(component
          (import \"{WORK}\" (instance $w
            (export \"cart\" (type $c (sub resource)))
            (export \"[constructor]cart\" (func (result (own $c))))
            (export \"[method]cart.add\" (func (param \"self\" (borrow $c)) (result u32)))
            (export \"dropped\" (func (result u32)))))
          (alias export $w \"cart\" (type $c))
          (core func $new (canon lower (func $w \"[constructor]cart\")))
          (core func $add (canon lower (func $w \"[method]cart.add\")))
          (core func $dropped (canon lower (func $w \"dropped\")))
          (core func $drop (canon resource.drop $c))
          (core module $m
            (import \"\" \"new\" (func $new (result i32)))
            (import \"\" \"add\" (func $add (param i32) (result i32)))
            (import \"\" \"dropped\" (func $dropped (result i32)))
            (import \"\" \"drop\" (func $drop (param i32)))
            (func (export \"run\") (result i32) (local $cart i32)
              (local.set $cart (call $new))
              (i32.mul (call $add (local.get $cart)) (i32.const 10))
              (call $drop (local.get $cart))
              (i32.add (call $dropped))))
          (core instance $i (instantiate $m (with \"\" (instance
            (export \"new\" (func $new)) (export \"add\" (func $add))
            (export \"dropped\" (func $dropped)) (export \"drop\" (func $drop))))))
          (func (export \"run\") (result u32) (canon lift (core func $i \"run\"))))"
    );
    let worker = format!(
        "(component
          (core module $d
            (global $n (mut i32) (i32.const 0))
            (func (export \"dtor\") (param i32)
              (global.set $n (i32.add (global.get $n) (i32.const 1))))
            (func (export \"dropped\") (result i32) global.get $n))
          (core instance $d (instantiate $d))
          (type $c' (resource (rep i32) (dtor (func $d \"dtor\"))))
          (core func $new (canon resource.new $c'))
          (core module $m
            (import \"\" \"new\" (func $new (param i32) (result i32)))
            (func (export \"new\") (result i32) (call $new (i32.const 41)))
            (func (export \"add\") (param i32) (result i32) i32.const 7))
          (core instance $i (instantiate $m (with \"\" (instance (export \"new\" (func $new))))))
          (component $inner
            (import \"c\" (type $c (sub resource)))
            (import \"new\" (func $new (result (own $c))))
            (import \"add\" (func $add (param \"self\" (borrow $c)) (result u32)))
            (import \"dropped\" (func $dropped (result u32)))
            (export $e \"cart\" (type $c))
            (export \"[constructor]cart\" (func $new) (func (result (own $e))))
            (export \"[method]cart.add\" (func $add)
              (func (param \"self\" (borrow $e)) (result u32)))
            (export \"dropped\" (func $dropped)))
          (func $new' (result (own $c')) (canon lift (core func $i \"new\")))
          (func $add' (param \"self\" (borrow $c')) (result u32) (canon lift (core func $i \"add\")))
          (func $dropped' (result u32) (canon lift (core func $d \"dropped\")))
          (instance $e (instantiate $inner (with \"c\" (type $c')) (with \"new\" (func $new'))
            (with \"add\" (func $add')) (with \"dropped\" (func $dropped'))))
          (export \"{WORK}\" (instance $e)))"
    );
    Limit {
        says: "`[method]cart.add` takes a borrowed handle",
        refuses: None,
        // The drop stays on the side of the caller.
        answers: (71, 70),
        import: WORK,
        caller,
        worker,
    }
}

/// The two components of an edge as files.
fn files(limit: &Limit) -> Result<(TempDir, [(&'static str, PathBuf); 2])> {
    let folder = TempDir::new()?;
    let mut parts = [("caller", PathBuf::new()), ("worker", PathBuf::new())];
    for (part, text) in parts.iter_mut().zip([&limit.caller, &limit.worker]) {
        part.1 = folder.path().join(format!("{}.wat", part.0));
        std::fs::write(&part.1, text)?;
    }
    Ok((folder, parts))
}

/// What the plan says, and what `run` returns in one binary.
async fn fused(limit: &Limit) -> Result<((String, String), u32)> {
    let (_folder, parts) = files(limit)?;
    let workload = Workload::new(&parts, "wrpc-wasmtime", "")?;
    let plan = workload.plan()?;
    let edge = plan.edge("caller", limit.import).context("no edge")?;
    assert_eq!(edge.decision(), "static");
    let (code, text) = edge.reason();
    let reason = (code.to_string(), text.to_string());
    let folder = workload.compose()?;
    let group = plan.group_of("caller").context("no group")?;
    let mut fused = Binary::read(&group, &folder)?
        .start(Links::default(), PATIENCE)
        .await?;
    let (answer,) = fused.call::<_, (u32,)>("", "run", ()).await?;
    Ok((reason, answer))
}

/// What `run` returns over the bridge, whatever profiles say about it.
async fn bridged(limit: &Limit) -> Result<u32> {
    let (_folder, parts) = files(limit)?;
    let apart = "scale-separately = [\"worker\"]";
    let workload = Workload::new(&parts, "./anything.toml", apart)?;
    workload.add("anything.toml", ANYTHING)?;
    let plan = workload.plan()?;
    let edge = plan.edge("caller", limit.import).context("no edge")?;
    assert_eq!(edge.decision(), "rpc");
    let folder = workload.compose()?;
    let (_servers, links) = Server::all(&plan, &folder, PATIENCE).await?;
    let group = plan.group_of("caller").context("no group")?;
    let mut caller = Binary::read(&group, &folder)?
        .start(links, PATIENCE)
        .await?;
    let (answer,) = caller.call::<_, (u32,)>("", "run", ()).await?;
    Ok(answer)
}

#[tokio::test]
async fn what_the_profile_refuses_is_fused_and_runs_and_the_bridge_refuses_it() -> Result<()> {
    for limit in limits() {
        let (reason, answer) = fused(&limit).await.context(limit.says)?;
        assert_eq!(reason.0, "cannot-cross", "{}", limit.says);
        assert!(reason.1.contains(limit.says), "{}", reason.1);
        assert_eq!(answer, limit.answers.0, "{}", limit.says);
        match (bridged(&limit).await, limit.refuses) {
            (Ok(answer), None) => assert_eq!(answer, limit.answers.1, "{}", limit.says),
            (Ok(answer), Some(_)) => panic!("{}: the bridge answers {answer}", limit.says),
            (Err(error), refuses) => {
                let text = format!("{error:#}");
                assert!(
                    refuses.is_some_and(|r| text.contains(r)),
                    "{}: {text}",
                    limit.says
                );
            }
        }
    }
    Ok(())
}

/// The test above would pass if the bridge refused everything.
#[tokio::test]
async fn the_same_edge_without_any_of_it_crosses() -> Result<()> {
    let control = limit("", "", &plain());
    assert_eq!(bridged(&control).await?, 7);
    Ok(())
}
