// The one exception of the binding: every field of the native error, copied, so that it outlives the native object.
// Which status means what is in DoorkeyStatus; no text in here ever holds a value, a header or a query string (the native library sees to that).
using System;
using System.Text;

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

        /// <summary>As every exception shows itself, with what a log needs beside the message: status, advice, and the service's id of the request.</summary>
        /// <returns>Several lines.</returns>
        public override string ToString()
        {
            string text = base.ToString();
            string head = GetType() + ": " + Message;
            int end = text.StartsWith(head, StringComparison.Ordinal) ? head.Length : text.Length;
            StringBuilder details = new StringBuilder(text, 0, end, text.Length + 256);
            Append(details, nameof(Status), Status.ToString());
            Append(details, nameof(Advice), Advice);
            Append(details, nameof(RequestId), RequestId);
            return details.Append(text, end, text.Length - end).ToString();
        }

        /// <summary>For calls that give a status and no error object.</summary>
        internal static void Check(int status)
        {
            if (status == (int)DoorkeyStatus.Ok)
            {
                return;
            }
            if (status == (int)DoorkeyStatus.Cancelled)
            {
                throw new OperationCanceledException();
            }
            throw new DoorkeyException((DoorkeyStatus)status, Answered(status));
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
                if (error.IsInvalid)
                {
                    Check(status);
                }
                if (status == (int)DoorkeyStatus.Cancelled)
                {
                    throw Cancelled(error);
                }
                throw From(status, error);
            }
        }

        /// <summary>An error that is to be looked at, or thrown later; its object stays whose it is.</summary>
        internal static DoorkeyException From(int status, ErrorHandle error)
        {
            string message = ArgumentNames.InMessage(Utf8.Read(NativeMethods.doorkey_error_message(error)) ?? Answered(status));
            string advice = Sentence(Utf8.Read(NativeMethods.doorkey_error_advice(error)));
            long retryAfterMs = NativeMethods.doorkey_error_retry_after_ms(error);
            return new DoorkeyException((DoorkeyStatus)status, message, advice)
            {
                HttpStatus = NativeMethods.doorkey_error_http_status(error),
                Code = Utf8.Read(NativeMethods.doorkey_error_code(error)),
                InnerCode = Utf8.Read(NativeMethods.doorkey_error_inner_code(error)),
                RequestId = Utf8.Read(NativeMethods.doorkey_error_request_id(error)),
                RetryAfter = retryAfterMs < 0 ? (TimeSpan?)null : Wait(retryAfterMs)
            };
        }

        /// <summary>A wait beyond what .NET can hold becomes the longest that it can; a service may well ask for one.</summary>
        private static TimeSpan Wait(long milliseconds)
        {
            return milliseconds > long.MaxValue / TimeSpan.TicksPerMillisecond ? TimeSpan.MaxValue : TimeSpan.FromTicks(milliseconds * TimeSpan.TicksPerMillisecond);
        }

        /// <summary>A cancelled call ends as every cancelled call of .NET does. The message has what the library advises, if it does.</summary>
        private static OperationCanceledException Cancelled(ErrorHandle error)
        {
            string message = Sentence(Utf8.Read(NativeMethods.doorkey_error_message(error)));
            string advice = Sentence(Utf8.Read(NativeMethods.doorkey_error_advice(error)));
            return new OperationCanceledException(advice == null ? message : message + " " + advice);
        }

        private static string Answered(int status)
        {
            return "The native library answered " + (Utf8.Read(NativeMethods.doorkey_status_name(status)) ?? "status " + status);
        }

        /// <summary>The native library's advice follows a message in brackets; here it stands alone, like the advice made in C#.</summary>
        private static string Sentence(string text)
        {
            if (string.IsNullOrEmpty(text))
            {
                return null;
            }
            return char.ToUpperInvariant(text[0]) + text.Substring(1) + (text[text.Length - 1] == '.' ? "" : ".");
        }

        private static void Append(StringBuilder details, string name, string value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                details.AppendLine().Append("   ").Append(name).Append(": ").Append(value);
            }
        }
    }
}
