// The one exception of the binding: every field of the native error, copied, so that it outlives the native object.
// Which status means what is in DoorkeyStatus; no text in here ever holds a value, a header or a query string (the native library sees to that).
using System;

namespace Doorkey
{
    /// <summary>A call failed. <see cref="Status"/> says why, <see cref="Advice"/> what to do about it.</summary>
    public class DoorkeyException : Exception
    {
        /// <summary>An error of the caller's own making, for code that builds on this binding.</summary>
        /// <param name="status">Why.</param>
        /// <param name="message">What happened, for people.</param>
        /// <param name="advice">What to do about it, or null.</param>
        /// <param name="innerException">What caused it, or null.</param>
        public DoorkeyException(DoorkeyStatus status, string message, string advice = null, Exception innerException = null)
            : base(message, innerException)
        {
            Status = status;
            Advice = advice;
        }

        /// <summary>Why the call failed.</summary>
        public DoorkeyStatus Status { get; private set; }

        /// <summary>What to do about it, or null.</summary>
        public string Advice { get; private set; }

        /// <summary>The HTTP status of the answer that ended the call, 0 when there was none.</summary>
        public int HttpStatus { get; private set; }

        /// <summary>The service's own error code, such as <c>SecretNotFound</c>, or null.</summary>
        public string Code { get; private set; }

        /// <summary>The service's inner error code, such as <c>SecretDisabled</c>, or null.</summary>
        public string InnerCode { get; private set; }

        /// <summary>The service's id of the request, for its support, or null.</summary>
        public string RequestId { get; private set; }

        /// <summary>How long the service asks to wait before the next try, or null.</summary>
        public TimeSpan? RetryAfter { get; private set; }

        /// <summary>For calls that give a status and no error object.</summary>
        internal static void Check(int status)
        {
            if (status == (int)DoorkeyStatus.Ok)
            {
                return;
            }
            RefuseCancelled(status);
            string name = Utf8.Read(NativeMethods.doorkey_status_name(status)) ?? "status " + status;
            throw new DoorkeyException((DoorkeyStatus)status, "The native library answered " + name);
        }

        /// <summary>For calls that give both; the error object is freed in either case.</summary>
        internal static void Check(int status, ErrorHandle error)
        {
            using (error)
            {
                if (status == (int)DoorkeyStatus.Ok)
                {
                    return;
                }
                RefuseCancelled(status);
                if (error.IsInvalid)
                {
                    Check(status);
                }
                throw From(status, error);
            }
        }

        /// <summary>A cancelled call ends as every cancelled call of .NET does, and at once: Ctrl+C waits for no text of an error.</summary>
        private static void RefuseCancelled(int status)
        {
            if (status == (int)DoorkeyStatus.Cancelled)
            {
                throw new OperationCanceledException();
            }
        }

        private static DoorkeyException From(int status, ErrorHandle error)
        {
            string message = Utf8.Read(NativeMethods.doorkey_error_message(error));
            string advice = Utf8.Read(NativeMethods.doorkey_error_advice(error));
            long retryAfterMs = NativeMethods.doorkey_error_retry_after_ms(error);
            return new DoorkeyException((DoorkeyStatus)status, message, advice)
            {
                HttpStatus = NativeMethods.doorkey_error_http_status(error),
                Code = Utf8.Read(NativeMethods.doorkey_error_code(error)),
                InnerCode = Utf8.Read(NativeMethods.doorkey_error_inner_code(error)),
                RequestId = Utf8.Read(NativeMethods.doorkey_error_request_id(error)),
                RetryAfter = retryAfterMs < 0 ? (TimeSpan?)null : TimeSpan.FromMilliseconds(retryAfterMs)
            };
        }
    }
}
