// Errors as PowerShell wants them: a stable id, a category, what it was about, and what to do. The ids are API, listed in about_Doorkey.
// Which errors end a cmdlet and which only one item is the cmdlets' decision, by the rule below.
using System;
using System.Collections.Generic;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    internal static class Errors
    {
        private static readonly Dictionary<DoorkeyStatus, ErrorCategory> Categories = new Dictionary<DoorkeyStatus, ErrorCategory>
        {
            { DoorkeyStatus.InvalidArgument, ErrorCategory.InvalidArgument },
            { DoorkeyStatus.Unsupported, ErrorCategory.NotImplemented },
            { DoorkeyStatus.LimitExceeded, ErrorCategory.LimitsExceeded },
            { DoorkeyStatus.Reentrant, ErrorCategory.InvalidOperation },
            { DoorkeyStatus.Forked, ErrorCategory.InvalidOperation },
            { DoorkeyStatus.Cancelled, ErrorCategory.OperationStopped },
            { DoorkeyStatus.Timeout, ErrorCategory.OperationTimeout },
            { DoorkeyStatus.ShutDown, ErrorCategory.InvalidOperation },
            { DoorkeyStatus.IdentityUnavailable, ErrorCategory.ConnectionError },
            { DoorkeyStatus.IdentityNotFound, ErrorCategory.ObjectNotFound },
            { DoorkeyStatus.IdentityAmbiguous, ErrorCategory.InvalidArgument },
            { DoorkeyStatus.IdentityRefused, ErrorCategory.AuthenticationError },
            { DoorkeyStatus.Network, ErrorCategory.ConnectionError },
            { DoorkeyStatus.Dns, ErrorCategory.ConnectionError },
            { DoorkeyStatus.Tls, ErrorCategory.SecurityError },
            { DoorkeyStatus.Proxy, ErrorCategory.ConnectionError },
            { DoorkeyStatus.Protocol, ErrorCategory.ProtocolError },
            { DoorkeyStatus.Unauthorized, ErrorCategory.AuthenticationError },
            { DoorkeyStatus.Forbidden, ErrorCategory.PermissionDenied },
            { DoorkeyStatus.SecretNotFound, ErrorCategory.ObjectNotFound },
            { DoorkeyStatus.SecretDisabled, ErrorCategory.ResourceUnavailable },
            { DoorkeyStatus.SecretDeleted, ErrorCategory.ObjectNotFound },
            { DoorkeyStatus.Conflict, ErrorCategory.ResourceExists },
            { DoorkeyStatus.Throttled, ErrorCategory.LimitsExceeded },
            { DoorkeyStatus.ServiceUnavailable, ErrorCategory.ResourceUnavailable },
            { DoorkeyStatus.NoNewerVersion, ErrorCategory.ObjectNotFound },
            { DoorkeyStatus.Rejected, ErrorCategory.InvalidOperation },
            { DoorkeyStatus.OutOfMemory, ErrorCategory.ResourceUnavailable }
        };

        /// <summary>Windows PowerShell shows the message and not the recommended action; every later one shows both.</summary>
        private static readonly bool ShowsMessageOnly = typeof(object).Assembly.GetName().Name == "mscorlib";

        /// <summary>Whether the next item would fail in the same way: no identity, no library, no life left.</summary>
        internal static bool EndsEverything(DoorkeyException exception)
        {
            switch (exception.Status)
            {
                case DoorkeyStatus.IdentityUnavailable:
                case DoorkeyStatus.IdentityNotFound:
                case DoorkeyStatus.IdentityAmbiguous:
                case DoorkeyStatus.IdentityRefused:
                case DoorkeyStatus.Forked:
                case DoorkeyStatus.ShutDown:
                    return true;
                default:
                    return exception is NativeLibraryException;
            }
        }

        internal static ErrorRecord ToRecord(DoorkeyException exception, object target, string said = null)
        {
            return Advised(new ErrorRecord(exception, "Doorkey." + Name(exception), Category(exception), target), said ?? exception.Message, exception.Advice);
        }

        /// <summary>An error of this machine's file system.</summary>
        internal static ErrorRecord OfFile(FileException exception, object target)
        {
            return Advised(new ErrorRecord(exception, "Doorkey." + exception.Problem, exception.Category, target), exception.Message, exception.Advice);
        }

        private static ErrorRecord Advised(ErrorRecord record, string shown, string advice)
        {
            if (ShowsMessageOnly && advice != null)
            {
                shown = shown.TrimEnd('.') + ". " + advice;
            }
            record.ErrorDetails = new ErrorDetails(shown) { RecommendedAction = advice ?? "" };
            return record;
        }

        private static string Name(DoorkeyException exception)
        {
            NativeLibraryException library = exception as NativeLibraryException;
            if (library != null)
            {
                return library.Problem == NativeLibraryProblem.AbiMismatch ? "AbiMismatch" : "NativeLibraryLoadFailed";
            }
            return exception.Status.ToString();
        }

        private static ErrorCategory Category(DoorkeyException exception)
        {
            ErrorCategory category;
            if (exception is NativeLibraryException)
            {
                return ErrorCategory.ResourceUnavailable;
            }
            return Categories.TryGetValue(exception.Status, out category) ? category : ErrorCategory.NotSpecified;
        }
    }
}
