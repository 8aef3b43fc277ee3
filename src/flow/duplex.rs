//! Request bodies on their way to a backend while its answer comes back; knows no socket.

use super::io::{Body, Tx};
use crate::base::chunk::{give_buffer, take_buffer};
use crate::http::fault::{Due, Fault, Whose};
use crate::http::h1::write;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Sends the client's body piece by piece; `chunked`: with chunk framing of our own.
pub async fn upload<T: Tx, B: Body>(tx: &mut T, body: &mut B, chunked: bool, due: Due) -> Result<(), Fault> {
    while let Some(piece) = body.next(due).await? {
        let bytes = if chunked {
            let mut framed = take_buffer();
            write::chunk_start(&mut framed, piece.len());
            framed.extend_from_slice(&piece);
            framed.extend_from_slice(write::CHUNK_END);
            tx.send(framed, 0).await?
        } else {
            let (buffer, start) = piece.into_parts();
            tx.send(buffer, start).await?
        };
        give_buffer(bytes);
    }
    if chunked {
        let mut last = take_buffer();
        last.extend_from_slice(write::LAST_CHUNK);
        give_buffer(tx.send(last, 0).await?);
    }
    tx.finished();
    Ok(())
}

pin_project! {
    /// Runs an upload beside the download of the answer and ends with the download. A client that
    /// fails ends both; a backend that stops reading may still answer.
    pub struct Drive<U, D> {
        #[pin]
        upload: U,
        #[pin]
        download: D,
        uploading: bool,
    }
}

/// See `Drive`.
pub fn drive<U, D>(upload: U, download: D) -> Drive<U, D> {
    Drive { upload, download, uploading: true }
}

impl<U, D, T> Future for Drive<U, D>
where
    U: Future<Output = Result<(), Fault>>,
    D: Future<Output = Result<T, Fault>>,
{
    type Output = Result<T, Fault>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if *this.uploading {
            if let Poll::Ready(result) = this.upload.poll(cx) {
                *this.uploading = false;
                if let Err(fault) = result {
                    if fault.whose != Whose::Upstream {
                        return Poll::Ready(Err(fault));
                    }
                }
            }
        }
        this.download.poll(cx)
    }
}
