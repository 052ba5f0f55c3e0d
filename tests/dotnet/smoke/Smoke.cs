// The binding on Mono, the nearest thing to .NET Framework off Windows: what differs there is loading the library, tasks without native
// callbacks, and the end of the process. Prints a line for each test; everything else is tested on .NET (Doorkey.Tests).
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Doorkey;

internal static class Smoke
{
    private static Emulator emulator;

    private static int Main()
    {
        Dictionary<string, Action> tests = new Dictionary<string, Action>
        {
            { "the library is found beside the assembly and says its version", Version },
            { "the variables that it reads have names", EnvironmentNames },
            { "a token comes with its source", Token },
            { "a secret comes with its properties", Secret },
            { "every form of a value is the same", Values },
            { "an error has all its fields", Error },
            { "a bad argument is refused", BadArgument },
            { "variables set by managed code count", ManagedEnvironment },
            { "a host's variables lead to its source", AppService },
            { "a source can be named, and an unknown one is refused by name", NamedSource },
            { "claims are handed over with a call", Claims },
            { "a value goes in and comes out, and what is said of it", Setting },
            { "half a surrogate pair is refused by name", HalfPair },
            { "many secrets come in order, with an error for what is missing", ManySecrets },
            { "a list is enumerated, and left early", Lists },
            { "a secret is deleted, recovered and purged", Deleting },
            { "a backup is restored", Backups },
            { "a kept secret is taken again", Keeping },
            { "a page is cancelled by the disposal of its pager", DisposePager },
            { "a task gives its result", TaskResult },
            { "a task fails with the error", TaskError },
            { "a cancellation token cancels, and a write says that it may have happened", Cancellation },
            { "an operation may be disposed of while a thread waits", DisposeWhileWaiting },
            { "collections of garbage during asynchronous calls break nothing", Garbage }
        };
        int failed = 0;
        using (emulator = new Emulator())
        {
            foreach (KeyValuePair<string, Action> test in tests)
            {
                failed += Run(test.Key, test.Value) ? 0 : 1;
            }
        }
        Console.WriteLine("1..{0}", tests.Count);
        Console.WriteLine("{0} passed, {1} failed", tests.Count - failed, failed);
        return failed == 0 ? 0 : 1;
    }

    private static bool Run(string name, Action test)
    {
        try
        {
            test();
            Console.WriteLine("ok - {0}", name);
            return true;
        }
        catch (Exception exception)
        {
            Console.WriteLine("not ok - {0}", name);
            Console.WriteLine(exception);
            return false;
        }
    }

    private static void Version()
    {
        Check(Client.LibraryVersion.Split('.').Length >= 3, Client.LibraryVersion);
    }

    private static void EnvironmentNames()
    {
        Check(Client.EnvironmentNames.Contains("AZURE_POD_IDENTITY_AUTHORITY_HOST"), string.Join(",", Client.EnvironmentNames));
    }

    private static void Token()
    {
        using (Client client = emulator.Client())
        using (Token token = client.GetToken(emulator.Audience))
        {
            Same("imds", token.Source);
            Same(emulator.Audience, token.Resource);
            Check(token.ExpiresOn > DateTimeOffset.UtcNow, "expired");
            Check(token.Length > 0, "empty");
        }
    }

    private static void Secret()
    {
        using (Client client = emulator.Client())
        using (Secret secret = client.GetSecret("demo", Emulator.SecretName))
        {
            Same("demo", secret.Vault);
            Same(Emulator.SecretName, secret.Name);
            Check(secret.Id.EndsWith("/secrets/" + secret.Name + "/" + secret.Version, StringComparison.Ordinal), secret.Id);
            Same(secret.Id, secret.ToString());
            Check(secret.Enabled && secret.Created.HasValue && !secret.Expires.HasValue, "attributes");
        }
    }

    private static void Values()
    {
        const string value = "p\u00e4ss\0w\u00f6rd \ud83d\ude00";
        emulator.Control("POST", "/secret", "{\"name\":\"odd\",\"value\":\"p\\u00e4ss\\u0000w\\u00f6rd \\ud83d\\ude00\"}");
        using (Client client = emulator.Client())
        using (Secret secret = client.GetSecret("demo", "odd"))
        using (SecureString secure = secret.ToSecureString())
        {
            Same(value, secret.RevealText());
            Same(value, Encoding.UTF8.GetString(secret.ToBytes()));
            Same(value, Reveal(secure));
            Same(value, secret.Use((start, length) =>
            {
                byte[] bytes = new byte[length];
                Marshal.Copy(start, bytes, 0, length);
                return Encoding.UTF8.GetString(bytes);
            }));
        }
    }

    private static void Error()
    {
        using (Client client = emulator.Client())
        {
            DoorkeyException error = Throws<DoorkeyException>(() => client.GetSecret("demo", "not-there"));
            Same("SecretNotFound", error.Status.ToString());
            Same("404", error.HttpStatus.ToString());
            Same("SecretNotFound", error.Code);
            Check(!string.IsNullOrEmpty(error.Advice), "no advice");
        }
    }

    private static void BadArgument()
    {
        using (Client client = emulator.Client())
        {
            Same("InvalidArgument", Throws<DoorkeyException>(() => client.GetSecret("demo", "../x")).Status.ToString());
            Same("InvalidArgument", Throws<DoorkeyException>(() => client.GetSecret("demo", "a\0b")).Status.ToString());
            Same("InvalidArgument", Throws<DoorkeyException>(() => client.GetToken(null)).Status.ToString());
        }
    }

    private static void ManagedEnvironment()
    {
        foreach (KeyValuePair<string, string> variable in emulator.Environment)
        {
            Environment.SetEnvironmentVariable(variable.Key, variable.Value);
        }
        using (Client client = new Client())
        using (Secret secret = client.GetSecret("demo", Emulator.SecretName))
        {
            Same(Emulator.SecretValue, secret.RevealText());
        }
    }

    private static void AppService()
    {
        using (Emulator site = new Emulator("app-service", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"))
        using (Client client = site.Client())
        using (Token token = client.GetToken(site.Audience))
        using (Secret secret = client.GetSecret("demo", Emulator.SecretName))
        {
            Same(TokenSource.AppService, token.Source);
            Same(Emulator.SecretValue, secret.RevealText());
        }
    }

    private static void NamedSource()
    {
        Dictionary<string, string> environment = new Dictionary<string, string>(emulator.Environment)
        {
            { "IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token" },
            { "IDENTITY_HEADER", "not-used" }
        };
        using (Client client = new Client(new ClientOptions { Environment = environment, RetriesMax = 0, Source = TokenSource.Imds }))
        using (Token token = client.GetToken(emulator.Audience))
        {
            Same(TokenSource.Imds, token.Source);
        }
        DoorkeyException refused = Throws<DoorkeyException>(() => new Client(new ClientOptions { Environment = environment, Source = "imsd" }));
        Same("InvalidArgument", refused.Status.ToString());
        Check(refused.Message.StartsWith("Source: ", StringComparison.Ordinal), refused.Message);
    }

    private static void Claims()
    {
        using (Client client = emulator.Client())
        using (Token token = client.GetToken(emulator.Audience, new CallOptions { Claims = "{\"access_token\":{}}" }))
        {
            Same("imds", token.Source);
            DoorkeyException refused = Throws<DoorkeyException>(() => client.GetToken(emulator.Audience, new CallOptions { Claims = "[]" }));
            Check(refused.Message.StartsWith("Claims: ", StringComparison.Ordinal), refused.Message);
        }
    }

    private static void Setting()
    {
        const string value = "p\u00e4ss\0w\u00f6rd \ud83d\ude00";
        SecretAttributes attributes = new SecretAttributes
        {
            ContentType = "text/plain",
            Expires = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero),
            Tags = new Dictionary<string, string> { { "team", "bl\u00fce" } }
        };
        using (Client client = emulator.Client())
        using (SecureString text = Secure(value))
        using (Secret fromText = client.SetSecret("demo", "set", text, attributes))
        using (Secret fromBytes = client.SetSecret("demo", "set", new byte[0]))
        {
            Same(value, fromText.RevealText());
            Same("text/plain", fromText.ContentType);
            Same("bl\u00fce", fromText.Tags["team"]);
            Check(fromText.Expires == attributes.Expires, "expires " + fromText.Expires);
            Same("", fromBytes.RevealText());
            SecretProperties changed = client.UpdateSecret("demo", "set", fromText.Version, new SecretAttributes { Enabled = false });
            Same(fromText.Version, changed.Version);
            Check(!changed.Enabled && changed.Expires.HasValue, "attributes");
        }
    }

    private static void HalfPair()
    {
        using (Client client = emulator.Client())
        using (SecureString half = Secure("half \ud800"))
        {
            DoorkeyException refused = Throws<DoorkeyException>(() => client.SetSecret("demo", "half", half));
            Check(refused.Message.StartsWith("value: ", StringComparison.Ordinal), refused.Message);
        }
    }

    private static void ManySecrets()
    {
        string[] names = { Emulator.SecretName, "not-there", "a\0b", Emulator.SecretName };
        using (Client client = emulator.Client())
        using (SecretResults results = client.GetSecrets("demo", names))
        {
            Check(results.Select(result => result.Name).SequenceEqual(names), "names");
            Same("SecretNotFound", results[1].Error.Status.ToString());
            Same("InvalidArgument", results[2].Error.Status.ToString());
            results[0].Dispose();
            Same(Emulator.SecretValue, results[3].Secret.RevealText());
            foreach (SecretResult result in client.StreamSecrets("demo", names))
            {
                using (result)
                {
                    Same(Emulator.SecretValue, result.Secret.RevealText());
                    break;
                }
            }
        }
    }

    private static void Lists()
    {
        using (Client client = emulator.Client())
        {
            Check(client.ListSecrets("demo").Any(secret => secret.Name == Emulator.SecretName), "not listed");
            Pager<SecretProperties> pager = client.ListVersions("demo", Emulator.SecretName);
            Same(Emulator.SecretName, pager.First().Name);
            Throws<ObjectDisposedException>(() => pager.Next());
        }
    }

    private static void Deleting()
    {
        using (Client client = emulator.Client())
        {
            client.SetSecret("demo", "deleted", Encoding.UTF8.GetBytes("v")).Dispose();
            SecretProperties deleted = client.DeleteSecret("demo", "deleted");
            Check(deleted.Deleted.HasValue && deleted.ScheduledPurge > deleted.Deleted, "dates");
            Same("deleted", client.ListDeleted("demo").Single().Name);
            Same("deleted", client.RecoverSecret(deleted.RecoveryId, null).Name);
            Within(client.DeleteSecretAsync("demo", "deleted"));
            Task purge = client.PurgeSecretAsync("demo", "deleted");
            Check(purge.Wait(60000), "still not purged");
            Same("SecretNotFound", Throws<DoorkeyException>(() => client.GetDeletedSecret("demo", "deleted")).Status.ToString());
        }
    }

    private static void Backups()
    {
        using (Client client = emulator.Client())
        {
            client.SetSecret("demo", "backed-up", Encoding.UTF8.GetBytes("v")).Dispose();
            using (Backup backup = client.BackupSecret("demo", "backed-up"))
            {
                Same(backup.RevealText(), Encoding.ASCII.GetString(backup.ToBytes()));
                client.DeleteSecret("demo", "backed-up");
                client.PurgeSecret("demo", "backed-up");
                Same("backed-up", client.RestoreSecret("demo", backup.ToBytes()).Name);
            }
        }
    }

    private static void Keeping()
    {
        CallOptions kept = new CallOptions { MaxAge = TimeSpan.FromDays(1) };
        using (Client client = emulator.Client())
        {
            emulator.Control("POST", "/secret", "{\"name\":\"kept\",\"value\":\"before\"}");
            client.GetSecret("demo", "kept", null, kept).Dispose();
            emulator.Control("POST", "/secret", "{\"name\":\"kept\",\"value\":\"after\"}");
            using (Secret secret = client.GetSecret("demo", "kept", null, kept))
            using (Secret newer = client.GetSecret("demo", "kept", null, new CallOptions { NewerThanVersion = secret.Version }))
            {
                Same("before", secret.RevealText());
                Same("after", newer.RevealText());
            }
            DoorkeyException refused = Throws<DoorkeyException>(() => client.GetSecret("demo", "kept", null, new CallOptions { MaxAge = TimeSpan.FromTicks(-1) }));
            Check(refused.Message.StartsWith("MaxAge: ", StringComparison.Ordinal), refused.Message);
        }
    }

    private static void DisposePager()
    {
        using (Client client = emulator.Client())
        {
            emulator.Hold();
            Pager<SecretProperties> pager = client.ListSecrets("demo");
            Task<SecretProperties[]> reader = Task.Factory.StartNew(() => pager.ToArray(), TaskCreationOptions.LongRunning);
            emulator.WaitUntilHeld();
            pager.Dispose();
            Throws<OperationCanceledException>(() => Within(reader));
            emulator.Release();
        }
    }

    private static void TaskResult()
    {
        using (Client client = emulator.Client())
        using (Secret secret = Within(client.GetSecretAsync("demo", Emulator.SecretName)))
        {
            Same(Emulator.SecretValue, secret.RevealText());
        }
    }

    private static void TaskError()
    {
        using (Client client = emulator.Client())
        {
            DoorkeyException error = Throws<DoorkeyException>(() => Within(client.GetSecretAsync("demo", "not-there")));
            Same("SecretNotFound", error.Status.ToString());
        }
    }

    private static void Cancellation()
    {
        using (Client client = emulator.Client())
        using (CancellationTokenSource source = new CancellationTokenSource())
        {
            emulator.Hold();
            Task<Secret> task = client.SetSecretAsync("demo", "held", new byte[] { 0x61 }, null, null, source.Token);
            emulator.WaitUntilHeld();
            source.Cancel();
            OperationCanceledException cancelled = Throws<OperationCanceledException>(() => Within(task));
            Check(task.IsCanceled && cancelled.CancellationToken == source.Token, cancelled.ToString());
            Check(cancelled.Message.Contains("may have taken effect"), cancelled.Message);
            emulator.Release();
        }
    }

    private static void DisposeWhileWaiting()
    {
        using (Client client = emulator.Client())
        {
            emulator.Hold();
            Operation<Secret> operation = client.GetSecretOperation("demo", Emulator.SecretName);
            emulator.WaitUntilHeld();
            Task<Secret> waiter = Task.Factory.StartNew(() => operation.Take(), TaskCreationOptions.LongRunning);
            operation.Dispose();
            Exception ended = Throws<Exception>(() => Within(waiter));
            Check(ended is OperationCanceledException || ended is ObjectDisposedException, ended.ToString());
            emulator.Release();
        }
    }

    private static void Garbage()
    {
        using (CancellationTokenSource end = new CancellationTokenSource())
        {
            Task collector = Task.Factory.StartNew(() =>
            {
                while (!end.IsCancellationRequested)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                }
            }, TaskCreationOptions.LongRunning);
            for (int round = 0; round < 10; round++)
            {
                // Nobody holds the secrets of this one, so their finalizers free the list that they share.
                emulator.Client().GetSecrets("demo", new[] { Emulator.SecretName, "not-there" });
                Task<Secret>[] reads = Enumerable.Range(0, 4).Select(_ => emulator.Client().GetSecretAsync("demo", Emulator.SecretName)).ToArray();
                foreach (Secret secret in Within(Task.WhenAll(reads)))
                {
                    Same(Emulator.SecretValue, secret.RevealText());
                    secret.Dispose();
                }
            }
            end.Cancel();
            collector.Wait();
        }
    }

    private static SecureString Secure(string text)
    {
        SecureString secure = new SecureString();
        foreach (char unit in text)
        {
            secure.AppendChar(unit);
        }
        return secure;
    }

    private static string Reveal(SecureString secure)
    {
        IntPtr text = Marshal.SecureStringToGlobalAllocUnicode(secure);
        try
        {
            return Marshal.PtrToStringUni(text, secure.Length);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(text);
        }
    }

    /// <summary>The limit is no expectation; it ends a run that hangs.</summary>
    private static T Within<T>(Task<T> task)
    {
        try
        {
            Check(task.Wait(60000), "still not done");
        }
        catch (AggregateException)
        {
            // The line below throws what is in it.
        }
        return task.GetAwaiter().GetResult();
    }

    private static TException Throws<TException>(Action action) where TException : Exception
    {
        try
        {
            action();
        }
        catch (TException exception)
        {
            return exception;
        }
        throw new InvalidOperationException("nothing was thrown");
    }

    private static void Same(string expected, string actual)
    {
        Check(expected == actual, "expected '" + expected + "', found '" + actual + "'");
    }

    private static void Check(bool good, string complaint)
    {
        if (!good)
        {
            throw new InvalidOperationException(complaint);
        }
    }
}
