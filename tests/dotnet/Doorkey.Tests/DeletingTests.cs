// Deleting, looking at what is deleted, recovering and purging: done when the vault shows it, however long the vault takes for it.
using System;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class DeletingTests : IClassFixture<EmulatorProcess>
    {
        private readonly EmulatorProcess emulator;

        public DeletingTests(EmulatorProcess emulator)
        {
            this.emulator = emulator;
        }

        [Fact]
        public void A_deleted_secret_says_until_when_it_can_be_recovered()
        {
            emulator.Post("/secret", new { name = "deleted", value = "v", content_type = "text/plain", tags = new { team = "blue" } });
            using Client client = emulator.Client();
            SecretProperties deleted = client.DeleteSecret("demo", "deleted");
            Assert.Equal("demo", deleted.Vault);
            Assert.Equal("deleted", deleted.Name);
            Assert.EndsWith("/deletedsecrets/deleted", deleted.RecoveryId);
            Assert.Equal(deleted.Deleted.Value.AddDays(90), deleted.ScheduledPurge);
            Assert.Equal(90, deleted.RecoverableDays);
            Assert.Equal("Recoverable+Purgeable", deleted.RecoveryLevel);
            Assert.Equal("text/plain", deleted.ContentType);
            Assert.Equal("blue", deleted.Tags["team"]);
            Assert.DoesNotContain(client.ListSecrets("demo"), secret => secret.Name == "deleted");
        }

        [Fact]
        public void A_secret_that_is_not_deleted_has_nothing_of_it()
        {
            using Client client = emulator.Client();
            using Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
            Assert.Null(secret.Properties.RecoveryId);
            Assert.Null(secret.Properties.Deleted);
            Assert.Null(secret.Properties.ScheduledPurge);
            Assert.Equal(90, secret.RecoverableDays);
        }

        [Fact]
        public void A_deleted_secret_can_be_looked_at_by_name_and_by_its_recovery_id()
        {
            emulator.Set("looked-at", "v");
            using Client client = emulator.Client();
            SecretProperties deleted = client.DeleteSecret("demo", "looked-at");
            SecretProperties byName = client.GetDeletedSecret("demo", "looked-at");
            SecretProperties byId = client.GetDeletedSecret(deleted.RecoveryId, null);
            Assert.Equal(deleted.Deleted, byName.Deleted);
            Assert.Equal(deleted.RecoveryId, byId.RecoveryId);
        }

        [Fact]
        public void A_read_of_a_deleted_secret_says_that_it_is_deleted()
        {
            emulator.Set("read-deleted", "v");
            using Client client = emulator.Client();
            client.DeleteSecret("demo", "read-deleted");
            DoorkeyException deleted = Failure(() => client.GetSecret("demo", "read-deleted"));
            Assert.Equal(DoorkeyStatus.SecretDeleted, deleted.Status);
            Assert.NotEmpty(deleted.Advice);
            using SecretResults results = client.GetSecrets("demo", new[] { "read-deleted", EmulatorProcess.SecretName });
            Assert.Equal(DoorkeyStatus.SecretDeleted, results[0].Error.Status);
            Assert.NotNull(results[1].Secret);
        }

        [Fact]
        public void A_recovered_secret_is_as_it_was()
        {
            emulator.Post("/secret", new { name = "recovered", value = "v", content_type = "text/plain" });
            using Client client = emulator.Client();
            string recoveryId = client.DeleteSecret("demo", "recovered").RecoveryId;
            SecretProperties recovered = client.RecoverSecret(recoveryId, null);
            Assert.Equal("recovered", recovered.Name);
            Assert.Equal("text/plain", recovered.ContentType);
            Assert.Null(recovered.Deleted);
            using Secret secret = client.GetSecret("demo", "recovered");
            Assert.Equal("v", secret.RevealText());
        }

        [Fact]
        public void A_purged_secret_is_gone_and_its_name_is_free()
        {
            emulator.Set("purged", "v");
            using Client client = emulator.Client();
            client.DeleteSecret("demo", "purged");
            client.PurgeSecret("demo", "purged");
            Assert.Equal(DoorkeyStatus.SecretNotFound, Failure(() => client.GetDeletedSecret("demo", "purged")).Status);
            client.SetSecret("demo", "purged", Encoding.UTF8.GetBytes("new")).Dispose();
            Assert.Single(emulator.Stored("purged"));
        }

        [Fact]
        public void A_deleted_secrets_name_is_taken_until_it_is_purged()
        {
            emulator.Set("taken", "v");
            using Client client = emulator.Client();
            client.DeleteSecret("demo", "taken");
            DoorkeyException taken = Failure(() => client.SetSecret("demo", "taken", Encoding.UTF8.GetBytes("new")));
            Assert.Equal(DoorkeyStatus.SecretDeleted, taken.Status);
            Assert.NotEmpty(taken.Advice);
        }

        [Fact]
        public void Each_is_done_when_the_vault_shows_it()
        {
            using EmulatorProcess own = new EmulatorProcess();
            own.Set("slow", "v");
            own.Post("/consistency", new { lag = 1 });
            using Client client = own.Client();
            client.DeleteSecret("demo", "slow");
            Assert.NotNull(client.GetDeletedSecret("demo", "slow").Deleted);
            client.RecoverSecret("demo", "slow");
            using (Secret secret = client.GetSecret("demo", "slow"))
            {
                Assert.Equal("v", secret.RevealText());
            }
            client.DeleteSecret("demo", "slow");
            client.PurgeSecret("demo", "slow");
            Assert.Equal(DoorkeyStatus.SecretNotFound, Failure(() => client.GetDeletedSecret("demo", "slow")).Status);
        }

        [Fact]
        public void The_time_limit_counts_while_the_vault_takes_its_time()
        {
            using EmulatorProcess own = new EmulatorProcess();
            own.Set("never", "v");
            own.Post("/consistency", new { lag = 1000000 });
            using Client client = own.Client();
            DoorkeyException late = Failure(() => client.DeleteSecret("demo", "never", new CallOptions { Timeout = TimeSpan.FromMilliseconds(300) }));
            Assert.Equal(DoorkeyStatus.Timeout, late.Status);
        }

        [Fact]
        public void What_is_not_there_cannot_be_deleted_recovered_or_purged()
        {
            using Client client = emulator.Client();
            foreach (Action use in new Action[]
            {
                () => client.DeleteSecret("demo", "not-there"), () => client.GetDeletedSecret("demo", "not-there"),
                () => client.RecoverSecret("demo", "not-there"), () => client.PurgeSecret("demo", "not-there")
            })
            {
                DoorkeyException missing = Failure(use);
                Assert.Equal(DoorkeyStatus.SecretNotFound, missing.Status);
                Assert.Equal(404, missing.HttpStatus);
                Assert.NotEmpty(missing.Advice);
            }
        }

        [Fact]
        public void A_refusal_names_the_role_that_is_missing()
        {
            using EmulatorProcess own = new EmulatorProcess();
            own.Set("guarded", "v");
            foreach (string operation in new[] { "delete", "recover", "purge" })
            {
                own.Post("/deny", new { operation, reason = "rbac" });
            }
            using Client client = own.Client();
            foreach (Action use in new Action[]
            {
                () => client.DeleteSecret("demo", "guarded"), () => client.RecoverSecret("demo", "guarded"), () => client.PurgeSecret("demo", "guarded")
            })
            {
                DoorkeyException refused = Failure(use);
                Assert.Equal(DoorkeyStatus.Forbidden, refused.Status);
                Assert.Contains("Key Vault Secrets", refused.Advice);
            }
        }

        [Fact]
        public void A_purge_is_an_operation_that_ends_once_and_gives_nothing()
        {
            emulator.Set("ends", "v");
            using Client client = emulator.Client();
            client.DeleteSecret("demo", "ends");
            using Operation purge = client.PurgeSecretOperation("demo", "ends");
            Assert.True(purge.Wait(Timeout.Infinite));
            Assert.True(purge.IsFinished);
            purge.Take();
            Assert.Equal(DoorkeyStatus.InvalidArgument, Failure(purge.Take).Status);
            purge.Dispose();
            purge.Dispose();
            purge.Cancel();
            Assert.Throws<ObjectDisposedException>(purge.Take);
            Action again = () => purge.AsTask();
            Assert.Throws<ObjectDisposedException>(again);
        }

        [Fact]
        public void An_operation_with_a_result_can_be_ended_without_it()
        {
            using Client client = emulator.Client();
            using Operation operation = client.GetSecretOperation("demo", EmulatorProcess.SecretName);
            operation.Take();
            Assert.Equal(DoorkeyStatus.InvalidArgument, Failure(operation.Take).Status);
            using Operation failing = client.GetSecretOperation("demo", "not-there");
            Assert.Equal(DoorkeyStatus.SecretNotFound, Failure(failing.Take).Status);
        }

        [Fact]
        public async Task All_of_it_works_without_blocking_a_thread()
        {
            emulator.Set("async", "v");
            using Client client = emulator.Client();
            Assert.NotNull((await Patience.Within(client.DeleteSecretAsync("demo", "async"))).Deleted);
            Assert.NotNull((await Patience.Within(client.GetDeletedSecretAsync("demo", "async"))).RecoveryId);
            Assert.Equal("async", (await Patience.Within(client.RecoverSecretAsync("demo", "async"))).Name);
            await Patience.Within(client.DeleteSecretAsync("demo", "async"));
            await Patience.Ended(client.PurgeSecretAsync("demo", "async"));
            DoorkeyException gone = await Assert.ThrowsAsync<DoorkeyException>(() => Patience.Ended(client.PurgeSecretAsync("demo", "async")));
            Assert.Equal(DoorkeyStatus.SecretNotFound, gone.Status);
        }

        [Fact]
        public async Task A_deletion_that_is_waited_for_can_be_cancelled()
        {
            emulator.Set("cancelled", "v");
            using Client client = emulator.Client();
            using CancellationTokenSource source = new CancellationTokenSource();
            emulator.Hold("vault", "/deletedsecrets/cancelled");
            Task<SecretProperties> task = client.DeleteSecretAsync("demo", "cancelled", cancellationToken: source.Token);
            emulator.WaitUntilHeld();
            source.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Patience.Within(task));
            emulator.Release();
        }

        [Fact]
        public async Task A_cancelled_purge_is_a_cancelled_task()
        {
            emulator.Set("held", "v");
            using Client client = emulator.Client();
            client.DeleteSecret("demo", "held");
            using CancellationTokenSource source = new CancellationTokenSource();
            emulator.Hold("vault", "/deletedsecrets/held");
            Task task = client.PurgeSecretAsync("demo", "held", cancellationToken: source.Token);
            emulator.WaitUntilHeld();
            source.Cancel();
            await Patience.Cancelled(task, source.Token);
            emulator.Release();
        }

        private static DoorkeyException Failure(Action use)
        {
            return Assert.Throws<DoorkeyException>(use);
        }
    }
}
