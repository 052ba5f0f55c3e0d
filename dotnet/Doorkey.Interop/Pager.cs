// A list that comes in pages, the same noun as in C and Rust: asked for page by page, or enumerated item by item. What it lists is the
// business of the client's method that made it; how a page is waited for, Operation's.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Doorkey
{
    /// <summary>
    /// A list that comes in pages. Enumerated, it asks for the pages as it goes and disposes of itself at the end, early or not; that can be
    /// done once. Any thread may use it, but for one page at a time.
    /// </summary>
    /// <typeparam name="T">What it lists: <see cref="SecretProperties"/> or <see cref="SecretResult"/>.</typeparam>
    public sealed class Pager<T> : IDisposable, IEnumerable<T>
    {
        private readonly PagerHandle handle;
        private readonly Func<SecretListHandle, int, IReadOnlyList<T>> read;
        private readonly object gate = new object();
        private Operation latest;
        private int itemsTaken;
        private int enumerations;

        /// <param name="handle">Whose pages they are.</param>
        /// <param name="read">Makes items of a page, given the number of items before it.</param>
        internal Pager(PagerHandle handle, Func<SecretListHandle, int, IReadOnlyList<T>> read)
        {
            this.handle = handle;
            this.read = read;
        }

        /// <summary>Starts to get the next page. One that fails, is cancelled or is disposed of before it was taken comes with the next call.</summary>
        /// <returns>The work under way, to be disposed of by the caller. It gives the items, none after the last page.</returns>
        /// <exception cref="DoorkeyException">The page before is neither taken nor disposed of.</exception>
        public Operation<IReadOnlyList<T>> NextOperation()
        {
            Operation<IReadOnlyList<T>> next = AskForPage();
            Interlocked.Exchange(ref latest, next);
            // Whoever disposed of the pager meanwhile did not know of this page.
            if (handle.IsClosed)
            {
                next.Cancel();
            }
            return next;
        }

        /// <summary>Gets the next page and waits for it.</summary>
        /// <returns>The items, none after the last page. If they can be disposed of, that is for the caller to do.</returns>
        /// <exception cref="DoorkeyException">The page could not be had; it may be asked for again.</exception>
        public IReadOnlyList<T> Next()
        {
            using (Operation<IReadOnlyList<T>> operation = NextOperation())
            {
                return operation.Take();
            }
        }

        /// <summary>Gets the next page without blocking a thread.</summary>
        /// <param name="cancellationToken">Cancels the work; the page may then be asked for again.</param>
        /// <returns>The items, none after the last page; or a <see cref="DoorkeyException"/>.</returns>
        public Task<IReadOnlyList<T>> NextAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<IReadOnlyList<T>>.Run(NextOperation, cancellationToken);
        }

        /// <summary>All items that are still to come. The enumerator's end, early or not, disposes of the pager and of items not handed out.</summary>
        /// <returns>An enumerator, which waits for a page when it needs one.</returns>
        /// <exception cref="InvalidOperationException">The pager is being enumerated already; each of two would get a part of the items.</exception>
        public IEnumerator<T> GetEnumerator()
        {
            handle.RefuseClosed();
            if (Interlocked.Exchange(ref enumerations, 1) != 0)
            {
                throw new InvalidOperationException("A pager is enumerated once: ask the client for the list again, or keep its items");
            }
            return new Enumerator(this);
        }

        IEnumerator IEnumerable.GetEnumerator()
        {
            return GetEnumerator();
        }

        /// <summary>Cancels a page that is under way, and lets go of the rest. Items that came stay as they are.</summary>
        public void Dispose()
        {
            handle.Dispose();
            Operation page = Interlocked.CompareExchange(ref latest, null, null);
            if (page != null)
            {
                page.Cancel();
            }
        }

        private IEnumerator<T> Items()
        {
            using (this)
            {
                for (IReadOnlyList<T> page = Next(); page.Count > 0; page = Next())
                {
                    int handedOut = 0;
                    try
                    {
                        while (handedOut < page.Count)
                        {
                            yield return page[handedOut++];
                        }
                    }
                    finally
                    {
                        DisposeOf(page, handedOut);
                    }
                }
            }
        }

        private Operation<IReadOnlyList<T>> AskForPage()
        {
            handle.RefuseClosed();
            // A page that was taken has to be counted before the next one is asked for.
            lock (gate)
            {
                OperationHandle operation;
                ErrorHandle error;
                int status = NativeMethods.doorkey_pager_next(handle, out operation, out error);
                DoorkeyException.Check(status, error);
                return new Operation<IReadOnlyList<T>>(operation, TakePage);
            }
        }

        private IReadOnlyList<T> TakePage(OperationHandle operation)
        {
            // Waited for out here, so that nobody else has to wait for the lock.
            DoorkeyException.Check(NativeMethods.doorkey_operation_wait(operation, uint.MaxValue));
            lock (gate)
            {
                SecretListHandle list;
                ErrorHandle error;
                int status = NativeMethods.doorkey_operation_take_list(operation, out list, out error);
                using (list)
                {
                    DoorkeyException.Check(status, error);
                    int before = itemsTaken;
                    itemsTaken += list.Count;
                    return read(list, before);
                }
            }
        }

        private static void DisposeOf(IReadOnlyList<T> page, int first)
        {
            for (int index = first; index < page.Count; index++)
            {
                IDisposable item = page[index] as IDisposable;
                if (item != null)
                {
                    item.Dispose();
                }
            }
        }

        /// <summary>Disposes of the pager whenever it is disposed of itself: an iterator that was never moved does nothing then.</summary>
        private sealed class Enumerator : IEnumerator<T>
        {
            private readonly Pager<T> pager;
            private readonly IEnumerator<T> items;

            internal Enumerator(Pager<T> pager)
            {
                this.pager = pager;
                items = pager.Items();
            }

            public T Current
            {
                get { return items.Current; }
            }

            object IEnumerator.Current
            {
                get { return items.Current; }
            }

            public bool MoveNext()
            {
                return items.MoveNext();
            }

            public void Reset()
            {
                throw new NotSupportedException();
            }

            public void Dispose()
            {
                items.Dispose();
                pager.Dispose();
            }
        }
    }
}
