//! The body of an answer on its way out: whole, in small pieces with pauses, or cut off before its end.
//! What the body says is decided elsewhere.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::Sleep;

/// How a body travels.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delivery {
    /// Break the connection after this many bytes, although more was announced.
    pub(crate) cut_after: Option<usize>,
    /// Send this many bytes at a time, with a pause before each piece but the first.
    pub(crate) drip: Option<(usize, Duration)>,
    /// Do not announce the length: the body goes out in chunks.
    pub(crate) unannounced: bool,
}

/// The connection is broken on purpose.
#[derive(Debug)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a fault was asked for")
    }
}

impl std::error::Error for Broken {}

/// The body hyper sends.
pub(crate) struct ScriptedBody {
    rest: Bytes,
    announced: Option<u64>,
    broken_at_end: bool,
    drip: Option<(usize, Duration)>,
    pause: Option<Pin<Box<Sleep>>>,
    /// hyper has had one turn to send what it holds; after it the connection may break.
    flushed: bool,
}

impl ScriptedBody {
    pub(crate) fn new(body: Vec<u8>, delivery: Delivery) -> Self {
        let whole = Bytes::from(body);
        let cut = delivery.cut_after.filter(|&cut| cut < whole.len());
        Self {
            announced: (!delivery.unannounced).then_some(whole.len() as u64),
            rest: cut.map_or_else(|| whole.clone(), |cut| whole.slice(..cut)),
            broken_at_end: cut.is_some(),
            drip: delivery.drip.map(|(bytes, pause)| (bytes.max(1), pause)),
            pause: None,
            flushed: false,
        }
    }

    fn poll_end(&mut self, context: &Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if !self.broken_at_end {
            return Poll::Ready(None);
        }
        if self.flushed {
            return Poll::Ready(Some(Err(Broken)));
        }
        // An error at once would take the bytes with it that hyper has buffered and not sent.
        self.flushed = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn next_piece(&mut self) -> Bytes {
        let Some((size, pause)) = self.drip else {
            return std::mem::take(&mut self.rest);
        };
        self.pause = Some(Box::pin(tokio::time::sleep(pause)));
        self.rest.split_to(size.min(self.rest.len()))
    }
}

impl Body for ScriptedBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if self.rest.is_empty() {
            return self.poll_end(context);
        }
        if let Some(pause) = &mut self.pause {
            if pause.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.pause = None;
        }
        Poll::Ready(Some(Ok(Frame::data(self.next_piece()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && !self.broken_at_end
    }

    fn size_hint(&self) -> SizeHint {
        self.announced
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
