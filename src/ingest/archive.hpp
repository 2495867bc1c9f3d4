// The members of a zip, tar or 7z archive, one after the other. The only user of libarchive.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "budget.hpp"
#include "byte_source.hpp"
#include "container.hpp"

namespace vedette::ingest {

struct ArchiveMember {
  std::string name;                  // a label, safe to show; never a path to open
  std::int64_t modified = 0;         // seconds since the epoch; 0 if unknown
  bool is_file = false;              // else a folder or a link, which has no bytes
  std::optional<base::Error> error;  // why it cannot be read
};

class ArchiveReader {
 public:
  // `source` and `budget` must outlive the reader; `kind` is an archive.
  ArchiveReader(Container kind, PeekSource& source, ReadBudget& budget);
  ~ArchiveReader();

  // The next member, or none at the end. After an error there is nothing more to read.
  base::Result<std::optional<ArchiveMember>> next();
  // The bytes of the member that next() gave last; valid until it is called again.
  ByteSource& data();
  // True if the error was that of the source, which reading the last member met already.
  bool source_failed() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vedette::ingest
