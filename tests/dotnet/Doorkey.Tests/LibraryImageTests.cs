// Reading the headers of libraries for systems that the tests do not run on, from the few bytes that matter.
using System;
using System.IO;
using System.Linq;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class LibraryImageTests
    {
        [Theory]
        [InlineData(0x8664, "x64")]
        [InlineData(0xAA64, "arm64")]
        [InlineData(0x014C, "x86")]
        public void A_Windows_library_names_its_machine(int machine, string architecture)
        {
            LibraryImage image = Read(Pe(machine, 512));
            Assert.Equal(LibraryFormat.Pe, image.Format);
            Assert.Equal(new[] { architecture }, image.Architectures);
            Assert.False(image.IsTruncated);
        }

        [Fact]
        public void A_Windows_library_that_lacks_its_last_section_is_cut_off()
        {
            Assert.True(Read(Pe(0x8664, 512).Take(600).ToArray()).IsTruncated);
        }

        [Theory]
        [InlineData(0x01000007u, "x64")]
        [InlineData(0x0100000Cu, "arm64")]
        public void A_Mac_library_names_its_machine(uint type, string architecture)
        {
            LibraryImage image = Read(BitConverter.GetBytes(0xFEEDFACFu).Concat(BitConverter.GetBytes(type)).ToArray());
            Assert.Equal(LibraryFormat.MachO, image.Format);
            Assert.Equal(new[] { architecture }, image.Architectures);
        }

        [Fact]
        public void A_universal_Mac_library_names_all_its_machines()
        {
            byte[] file = new byte[48];
            Big(0xCAFEBABE, file, 0);
            Big(2, file, 4);
            Big(0x01000007, file, 8);
            Big(0x0100000C, file, 28);
            Assert.Equal(new[] { "x64", "arm64" }, Read(file).Architectures);
        }

        [Theory]
        [InlineData(2, 62, "x64")]
        [InlineData(2, 183, "arm64")]
        [InlineData(1, 3, "x86")]
        [InlineData(1, 40, "arm")]
        [InlineData(2, 243, "ELF machine 243")]
        public void A_Linux_library_names_its_machine(byte width, byte machine, string architecture)
        {
            byte[] file = new byte[64];
            new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', width, 1 }.CopyTo(file, 0);
            file[18] = machine;
            LibraryImage image = Read(file);
            Assert.Equal(LibraryFormat.Elf, image.Format);
            Assert.Equal(new[] { architecture }, image.Architectures);
            Assert.False(image.IsTruncated);
        }

        [Fact]
        public void Headers_that_point_outside_of_the_file_are_no_reason_to_crash()
        {
            byte[] file = Pe(0x8664, 512);
            BitConverter.GetBytes(0x7FFFFFFF).CopyTo(file, 0x3C);
            Assert.True(Read(file).IsTruncated);
            Assert.Equal(LibraryFormat.Unknown, Read(new byte[3]).Format);
            Assert.Equal(LibraryFormat.Unknown, Read(new byte[300]).Format);
        }

        private static byte[] Pe(int machine, int sectionBytes)
        {
            const int header = 0x80;
            const int section = header + 24;
            byte[] file = new byte[512 + sectionBytes];
            file[0] = (byte)'M';
            file[1] = (byte)'Z';
            BitConverter.GetBytes(header).CopyTo(file, 0x3C);
            BitConverter.GetBytes(0x00004550).CopyTo(file, header);
            BitConverter.GetBytes((ushort)machine).CopyTo(file, header + 4);
            BitConverter.GetBytes((ushort)1).CopyTo(file, header + 6);
            BitConverter.GetBytes(sectionBytes).CopyTo(file, section + 16);
            BitConverter.GetBytes(512).CopyTo(file, section + 20);
            return file;
        }

        private static void Big(uint value, byte[] file, int offset)
        {
            byte[] bytes = BitConverter.GetBytes(value);
            Array.Reverse(bytes);
            bytes.CopyTo(file, offset);
        }

        private static LibraryImage Read(byte[] file)
        {
            using MemoryStream stream = new MemoryStream(file);
            return LibraryImage.Read(stream);
        }
    }
}
