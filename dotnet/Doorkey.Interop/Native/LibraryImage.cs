// What the first bytes of a library file say: its kind, for which architectures it was built, whether it is whole.
// Read before the system's loader sees the file, because that one names none of it ("invalid ELF header", 0x8007000B) or dies of a cut-off file.
using System;
using System.Collections.Generic;
using System.IO;

namespace Doorkey
{
    internal enum LibraryFormat
    {
        Unknown,
        Elf,
        Pe,
        MachO
    }

    internal sealed class LibraryImage
    {
        private const uint ProgramLoad = 1;
        private const uint MachOSwappedFat = 0xBEBAFECA;
        private const uint MachO64 = 0xFEEDFACF;

        private readonly List<string> architectures = new List<string>();

        private LibraryImage()
        {
        }

        internal LibraryFormat Format { get; private set; }

        /// <summary>More than one in a universal Mach-O file alone.</summary>
        internal IList<string> Architectures
        {
            get { return architectures; }
        }

        /// <summary>The file ends before the last byte that its own headers speak of.</summary>
        internal bool IsTruncated { get; private set; }

        internal static LibraryFormat ExpectedFormat(string runtimeIdentifier)
        {
            if (runtimeIdentifier.StartsWith("win-", StringComparison.Ordinal))
            {
                return LibraryFormat.Pe;
            }
            return runtimeIdentifier.StartsWith("osx-", StringComparison.Ordinal) ? LibraryFormat.MachO : LibraryFormat.Elf;
        }

        internal static LibraryImage Read(string path)
        {
            using (FileStream file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete))
            {
                return Read(file);
            }
        }

        internal static LibraryImage Read(Stream file)
        {
            LibraryImage image = new LibraryImage();
            BinaryReader reader = new BinaryReader(file);
            try
            {
                uint magic = reader.ReadUInt32();
                if (magic == 0x464C457F)
                {
                    image.ReadElf(reader, file.Length);
                }
                else if ((magic & 0xFFFF) == 0x5A4D)
                {
                    image.ReadPe(reader, file.Length);
                }
                else if (magic == MachO64 || magic == MachOSwappedFat)
                {
                    image.ReadMachO(reader, magic);
                }
            }
            catch (EndOfStreamException)
            {
                image.IsTruncated = true;
            }
            return image;
        }

        private void ReadElf(BinaryReader reader, long length)
        {
            Format = LibraryFormat.Elf;
            bool wide = reader.ReadByte() == 2;
            Seek(reader, 18);
            architectures.Add(ElfMachine(reader.ReadUInt16()));
            Seek(reader, wide ? 32 : 28);
            long programs = ReadAddress(reader, wide);
            long sections = ReadAddress(reader, wide);
            Seek(reader, wide ? 54 : 42);
            int programSize = reader.ReadUInt16();
            int programCount = reader.ReadUInt16();
            int sectionSize = reader.ReadUInt16();
            int sectionCount = reader.ReadUInt16();
            long end = Math.Max(programs + (long)programSize * programCount, sections + (long)sectionSize * sectionCount);
            for (int index = 0; index < programCount; index++)
            {
                long program = programs + (long)index * programSize;
                Seek(reader, program);
                if (reader.ReadUInt32() != ProgramLoad)
                {
                    continue;
                }
                Seek(reader, program + (wide ? 8 : 4));
                long offset = ReadAddress(reader, wide);
                Seek(reader, program + (wide ? 32 : 16));
                end = Math.Max(end, offset + ReadAddress(reader, wide));
            }
            IsTruncated = end > length;
        }

        private void ReadPe(BinaryReader reader, long length)
        {
            Seek(reader, 0x3C);
            long header = reader.ReadUInt32();
            Seek(reader, header);
            if (reader.ReadUInt32() != 0x00004550)
            {
                return;
            }
            Format = LibraryFormat.Pe;
            architectures.Add(PeMachine(reader.ReadUInt16()));
            int sectionCount = reader.ReadUInt16();
            Seek(reader, header + 20);
            int optionalHeader = reader.ReadUInt16();
            for (int index = 0; index < sectionCount; index++)
            {
                Seek(reader, header + 24 + optionalHeader + 40L * index + 16);
                long size = reader.ReadUInt32();
                long start = reader.ReadUInt32();
                IsTruncated |= size > 0 && start + size > length;
            }
        }

        private void ReadMachO(BinaryReader reader, uint magic)
        {
            Format = LibraryFormat.MachO;
            if (magic == MachO64)
            {
                architectures.Add(MachOMachine(reader.ReadUInt32()));
                return;
            }
            uint count = ReadBigEndian(reader);
            for (uint index = 0; index < count && index < 16; index++)
            {
                Seek(reader, 8 + 20L * index);
                architectures.Add(MachOMachine(ReadBigEndian(reader)));
            }
        }

        private static string ElfMachine(int machine)
        {
            switch (machine)
            {
                case 62: return "x64";
                case 183: return "arm64";
                case 3: return "x86";
                case 40: return "arm";
                default: return "ELF machine " + machine;
            }
        }

        private static string PeMachine(int machine)
        {
            switch (machine)
            {
                case 0x8664: return "x64";
                case 0xAA64: return "arm64";
                case 0x014C: return "x86";
                default: return "PE machine 0x" + machine.ToString("x");
            }
        }

        private static string MachOMachine(uint type)
        {
            switch (type)
            {
                case 0x01000007: return "x64";
                case 0x0100000C: return "arm64";
                default: return "Mach-O type 0x" + type.ToString("x");
            }
        }

        private static void Seek(BinaryReader reader, long position)
        {
            if (position < 0 || position > reader.BaseStream.Length)
            {
                throw new EndOfStreamException();
            }
            reader.BaseStream.Position = position;
        }

        private static long ReadAddress(BinaryReader reader, bool wide)
        {
            return wide ? reader.ReadInt64() : reader.ReadUInt32();
        }

        private static uint ReadBigEndian(BinaryReader reader)
        {
            uint value = reader.ReadUInt32();
            return value >> 24 | (value >> 8 & 0xFF00) | (value << 8 & 0xFF0000) | value << 24;
        }
    }
}
