// What the cmdlets share: a client, waiting for an operation so that Ctrl+C ends it at once, the time limit, and errors as records.
// What all that speak to a vault share is VaultCmdlet's; what is asked for and what comes out, each cmdlet's own file.
using System;
using System.Management.Automation;
using System.Threading;

namespace Doorkey.PowerShell
{
    /// <summary>The base of the cmdlets.</summary>
    public abstract class DoorkeyCmdlet : PSCmdlet, IDisposable
    {
        private Client ownClient;
        private Action cancelRunning;

        /// <summary>Asks the source for a new token even when a usable one is cached.</summary>
        [Parameter]
        public SwitchParameter ForceRefresh { get; set; }

        /// <summary>The only source to ask; found by the host's variables when it is not given.</summary>
        [Parameter]
        [ValidateSet(TokenSource.Imds, TokenSource.AppService, TokenSource.AppService2017, TokenSource.AzureMl, TokenSource.CloudShell,
            TokenSource.Arc, TokenSource.ServiceFabric, TokenSource.WorkloadIdentity)]
        public string Source { get; set; }

        /// <summary>How many seconds a call may take, retries included.</summary>
        [Parameter]
        [ValidateRange(1, 86400)]
        public int TimeoutSec { get; set; }

        /// <summary>Lets go of a client that was made for this cmdlet alone.</summary>
        public void Dispose()
        {
            if (ownClient != null)
            {
                ownClient.Dispose();
                ownClient = null;
            }
        }

        /// <summary>Runs on another thread than everything else here.</summary>
        protected override void StopProcessing()
        {
            Action cancel = Volatile.Read(ref cancelRunning);
            if (cancel != null)
            {
                cancel();
            }
        }

        /// <summary>The name as the library writes it: PowerShell takes it in any case.</summary>
        internal string SourceName
        {
            get { return Source == null ? null : Source.ToLowerInvariant(); }
        }

        internal CallOptions Call()
        {
            return new CallOptions
            {
                ForceRefresh = ForceRefresh.IsPresent,
                Timeout = TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : (TimeSpan?)null
            };
        }

        /// <summary>The client for these options: shared with other calls of this process, except where it holds a caller's token.</summary>
        internal Client Connect(ClientOptions options, object target)
        {
            try
            {
                if (options.AccessToken == null)
                {
                    return Clients.For(options);
                }
                ownClient = ownClient ?? new Client(options);
                return ownClient;
            }
            catch (DoorkeyException exception)
            {
                throw Ended(Explained(exception), target);
            }
        }

        /// <summary>Says what is about to be done, so that -Verbose shows something of a call that fails. Names and ids only.</summary>
        internal void Announce(string what, ClientOptions options)
        {
            string from = options.Source == null ? "" : ", of the source " + options.Source + " alone";
            WriteVerbose("Doorkey: " + what + " with " + WhoAsks(options) + from);
        }

        /// <summary>A refused argument under the name that it has in PowerShell; any other error as it is.</summary>
        internal DoorkeyException Explained(DoorkeyException exception)
        {
            string argument = Arguments.Of(exception);
            return argument == null ? exception : Arguments.Renamed(exception, Arguments.Parameter(argument), null);
        }

        /// <summary>Starts the work and waits for its result. A stopped pipeline ends it and nothing more is written.</summary>
        internal T Wait<T>(Func<Operation<T>> start, LongWait wait)
        {
            T result = default(T);
            WaitFor(start, operation => result = operation.Take(), wait);
            return result;
        }

        /// <summary>The same for work that gives nothing.</summary>
        internal void WaitForEnd(Func<Operation> start, LongWait wait)
        {
            WaitFor(start, operation => operation.Take(), wait);
        }

        /// <summary>Ends the pipeline with this error: nothing that could follow would fare better.</summary>
        internal Exception Ended(DoorkeyException exception, object target)
        {
            ThrowTerminatingError(Errors.ToRecord(exception, target));
            return exception;
        }

        private void WaitFor<T>(Func<T> start, Action<T> take, LongWait wait) where T : Operation
        {
            using (T operation = start())
            {
                Volatile.Write(ref cancelRunning, operation.Cancel);
                try
                {
                    // A stop that came before the line above found nothing to cancel.
                    if (Stopping)
                    {
                        operation.Cancel();
                    }
                    if (!operation.Wait(wait.QuietLeftMs))
                    {
                        wait.Show();
                    }
                    take(operation);
                }
                catch (OperationCanceledException)
                {
                    throw new PipelineStoppedException();
                }
                finally
                {
                    Volatile.Write(ref cancelRunning, null);
                }
            }
        }

        private static string WhoAsks(ClientOptions options)
        {
            if (options.AccessToken != null)
            {
                return "the token of -AccessToken";
            }
            string id = options.ClientId ?? options.ObjectId ?? options.IdentityResourceId;
            if (id != null)
            {
                string kind = options.ClientId != null ? "client" : options.ObjectId != null ? "object" : "resource";
                return "the identity of " + kind + " id " + Arguments.Shown(id);
            }
            return string.IsNullOrEmpty(Environment.GetEnvironmentVariable("AZURE_CLIENT_ID"))
                ? "the host's own identity" : "the identity that AZURE_CLIENT_ID names, or the host's own where it takes no client id";
        }
    }
}
