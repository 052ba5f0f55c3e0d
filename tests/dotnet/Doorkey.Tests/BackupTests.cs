// Backups: a secret goes out as text that says nothing of it, and comes back with all its versions.
using System;
using System.Linq;
using System.Security;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class BackupTests : IDisposable
    {
        private readonly EmulatorProcess emulator = new EmulatorProcess("--vault", "demo", "--vault", "other");

        public void Dispose()
        {
            emulator.Dispose();
        }

        [Fact]
        public void A_backup_restores_all_versions_in_another_vault()
        {
            emulator.Set("backed-up", "first value");
            emulator.Set("backed-up", "second value");
            using Client client = emulator.Client();
            using Backup backup = client.BackupSecret("demo", "backed-up");
            SecretProperties restored = client.RestoreSecret("other", backup.ToBytes());
            Assert.Equal("other", restored.Vault);
            Assert.Equal("backed-up", restored.Name);
            Assert.Equal(2, client.ListVersions("other", "backed-up").Count());
            using Secret latest = client.GetSecret("other", "backed-up");
            Assert.Equal("second value", latest.RevealText());
        }

        [Fact]
        public void A_backup_is_the_same_text_in_every_form()
        {
            using Client client = emulator.Client();
            using Backup backup = client.BackupSecret(emulator.VaultUrl + "/secrets/" + EmulatorProcess.SecretName, null);
            string text = backup.RevealText();
            Assert.StartsWith("KUF6dXJlS2V5VmF1bHRTZWNyZXRCYWNrdXBWMS5taWNyb3NvZnQuY29t", text);
            Assert.Equal(backup.Length, text.Length);
            Assert.Equal(text, Encoding.ASCII.GetString(backup.ToBytes()));
            using SecureString secure = backup.ToSecureString();
            Assert.Equal(text, Texts.Reveal(secure));
            int seen = 0;
            backup.Use((start, length) => seen = length);
            Assert.Equal(backup.Length, seen);
        }

        [Fact]
        public void A_backup_too_long_for_a_SecureString_comes_as_bytes()
        {
            for (int version = 0; version < 4; version++)
            {
                emulator.Set("long", new string((char)('a' + version), 25 * 1024));
            }
            using Client client = emulator.Client();
            using Backup backup = client.BackupSecret("demo", "long");
            Assert.Equal(DoorkeyStatus.LimitExceeded, Assert.Throws<DoorkeyException>(() => backup.ToSecureString()).Status);
            Assert.Equal("long", client.RestoreSecret("other", backup.ToBytes()).Name);
        }

        [Fact]
        public void A_disposed_backup_gives_nothing_more()
        {
            using Client client = emulator.Client();
            Backup backup = client.BackupSecret("demo", EmulatorProcess.SecretName);
            backup.Dispose();
            backup.Dispose();
            Assert.Equal("Doorkey.Backup", Assert.Throws<ObjectDisposedException>(() => backup.ToBytes()).ObjectName);
            Assert.Throws<ObjectDisposedException>(() => backup.RevealText());
            Assert.Throws<ObjectDisposedException>(() => backup.ToSecureString());
        }

        [Fact]
        public void What_prints_a_backup_does_not_show_it()
        {
            using Client client = emulator.Client();
            using Backup backup = client.BackupSecret("demo", EmulatorProcess.SecretName);
            string shown = backup + System.Text.Json.JsonSerializer.Serialize(backup);
            Assert.DoesNotContain(backup.RevealText().Substring(0, 16), shown);
        }

        [Fact]
        public void A_secret_that_exists_is_not_restored_over()
        {
            using Client client = emulator.Client();
            using Backup backup = client.BackupSecret("demo", EmulatorProcess.SecretName);
            DoorkeyException exists = Assert.Throws<DoorkeyException>(() => client.RestoreSecret("demo", backup.ToBytes()));
            Assert.Equal(DoorkeyStatus.Conflict, exists.Status);
            Assert.NotEmpty(exists.Advice);
            Assert.DoesNotContain(backup.RevealText().Substring(0, 16), exists.ToString());
        }

        [Fact]
        public void What_is_no_backup_is_refused()
        {
            using Client client = emulator.Client();
            foreach (byte[] bad in new[] { null, Array.Empty<byte>(), new byte[] { 0xff, 0xfe }, Encoding.UTF8.GetBytes("b\u00e4ckup"), new byte[] { 0x61, 0, 0x61 } })
            {
                DoorkeyException refused = Assert.Throws<DoorkeyException>(() => client.RestoreSecretOperation("demo", bad));
                Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
                Assert.StartsWith("backup: ", refused.Message);
            }
            emulator.AssertUntouched();
            DoorkeyException rejected = Assert.Throws<DoorkeyException>(() => client.RestoreSecret("demo", Encoding.ASCII.GetBytes("AAAA")));
            Assert.Equal(DoorkeyStatus.Rejected, rejected.Status);
        }

        [Fact]
        public async Task A_cancelled_restore_says_that_it_may_have_happened()
        {
            using Client client = emulator.Client();
            using Backup backup = client.BackupSecret("demo", EmulatorProcess.SecretName);
            using CancellationTokenSource source = new CancellationTokenSource();
            emulator.Hold("vault", "/secrets/restore");
            Task<SecretProperties> task = client.RestoreSecretAsync("other", backup.ToBytes(), cancellationToken: source.Token);
            emulator.WaitUntilHeld();
            source.Cancel();
            OperationCanceledException cancelled = await Patience.Cancelled(task, source.Token);
            Assert.DoesNotContain(backup.RevealText().Substring(0, 16), cancelled.ToString());
            emulator.Release();
        }

        [Fact]
        public async Task Backups_are_made_and_restored_without_blocking_a_thread()
        {
            using Client client = emulator.Client();
            using Backup backup = await Patience.Within(client.BackupSecretAsync("demo", EmulatorProcess.SecretName));
            SecretProperties restored = await Patience.Within(client.RestoreSecretAsync("other", backup.ToBytes()));
            Assert.Equal(EmulatorProcess.SecretName, restored.Name);
            DoorkeyException missing = await Assert.ThrowsAsync<DoorkeyException>(() => Patience.Within(client.BackupSecretAsync("demo", "not-there")));
            Assert.Equal(DoorkeyStatus.SecretNotFound, missing.Status);
        }
    }
}
