#include <string>

#include "archive.hpp"
#include "budget.hpp"
#include "byte_source.hpp"
#include "container.hpp"
#include "decompress.hpp"
#include "vedette/ingest/inputs.hpp"

namespace vedette::ingest {
namespace {

using Visit = std::function<void(const InputInfo&, InputStream&)>;

// Hostile archives can hold a problem for each member.
constexpr std::size_t kMaxProblems = 1000;

// Remembers the error that stopped the reader of the stream.
class VisitedStream final : public InputStream {
 public:
  explicit VisitedStream(InputStream& source) : source_(source) {}
  base::Result<std::size_t> read(char* to, std::size_t capacity) override {
    base::Result<std::size_t> got = source_.read(to, capacity);
    if (!got.ok()) error_ = got.error();
    return got;
  }
  const std::optional<base::Error>& error() const { return error_; }

 private:
  InputStream& source_;
  std::optional<base::Error> error_;
};

struct Place {
  std::string path;
  std::int64_t modified = 0;
  int depth = 0;  // the layers opened so far; a compressed tar is one
  bool in_archive = false;
  bool decompressed = false;  // the layer above is a compression
};

class InputReader {
 public:
  InputReader(const PlannedInput& input, const InputLimits& limits, const Visit& visit,
              std::vector<InputProblem>& problems)
      : input_(input), limits_(limits), visit_(visit), problems_(problems), budget_(limits) {}

  void read(const std::function<void(std::uint64_t)>& consumed);

 private:
  // Recursive, at most twice max_depth deep.
  void descend(PeekSource& source, const Place& place);
  void visit_plain(PeekSource& source, const Place& place);
  void read_archive(Container kind, PeekSource& source, const Place& place);
  void read_member(ArchiveReader& archive, const ArchiveMember& member, const Place& place, int depth);
  bool too_deep(Container kind, const Place& place) const;
  void add_problem(const std::string& path, const base::Error& error);

  const PlannedInput& input_;
  const InputLimits& limits_;
  const Visit& visit_;
  std::vector<InputProblem>& problems_;
  ReadBudget budget_;
  std::size_t problem_count_ = 0;
};

void InputReader::read(const std::function<void(std::uint64_t)>& consumed) {
  const bool standard_input = input_.path == "-";
  const FileSource::Consumed progress = [&](std::uint64_t bytes) {
    budget_.set_disk_bytes(standard_input ? bytes : std::max(bytes, input_.bytes));
    if (consumed) consumed(bytes);
  };
  std::unique_ptr<FileSource> file;
  if (standard_input) {
    file = FileSource::standard_input(&progress);
  } else {
    base::Result<std::unique_ptr<FileSource>> opened = FileSource::open(input_.path, &progress);
    if (!opened.ok()) return add_problem(input_.path, opened.error());
    file = std::move(opened).value();
  }
  PeekSource source(*file);
  descend(source, Place{input_.path, input_.modified, 0, false, false});
  if (problem_count_ > kMaxProblems) {
    problems_.push_back(
        {input_.path, base::make_error(base::ErrorCode::limit, std::to_string(problem_count_ - kMaxProblems) +
                                                                   " more problems are not listed")});
  }
  // Seeking may leave bytes unread; the file is done with all the same.
  if (const auto size = file->size(); consumed && size && file->bytes_read() < *size) consumed(*size);
}

bool InputReader::too_deep(Container kind, const Place& place) const {
  const int allowance = kind == Container::tar && place.decompressed ? 1 : 0;
  return place.depth >= limits_.max_depth + allowance;
}

void InputReader::descend(PeekSource& source, const Place& place) {
  const std::string_view head = source.peek(kMagicBytes);
  if (head.empty() && source.error()) return add_problem(place.path, *source.error());
  if (head.empty() && place.in_archive) return;
  const Container kind = detect_container(head.substr(0, kMagicBytes));
  if (kind == Container::none) return visit_plain(source, place);
  if (too_deep(kind, place)) {
    return add_problem(place.path,
                       base::make_error(base::ErrorCode::limit, std::string(container_name(kind)) +
                                                                    " data nested deeper than " +
                                                                    std::to_string(limits_.max_depth)));
  }
  if (!is_compression(kind)) return read_archive(kind, source, place);
  DecompressSource plain(kind, source, budget_);
  PeekSource inner(plain);
  descend(inner, Place{place.path, place.modified, place.depth + 1, place.in_archive, true});
}

void InputReader::visit_plain(PeekSource& source, const Place& place) {
  VisitedStream stream(source);
  visit_(InputInfo{place.path, place.modified, input_.bytes}, stream);
  if (stream.error()) add_problem(place.path, *stream.error());
}

void InputReader::read_archive(Container kind, PeekSource& source, const Place& place) {
  ArchiveReader archive(kind, source, budget_);
  const int depth = place.depth + (kind == Container::tar && place.decompressed ? 0 : 1);
  for (;;) {
    const bool failed_before = archive.source_failed();
    const base::Result<std::optional<ArchiveMember>> next = archive.next();
    if (!next.ok()) {
      if (!failed_before) add_problem(place.path, next.error());
      return;
    }
    if (!next->has_value()) return;
    if (base::Status counted = budget_.count_member(); !counted.ok()) {
      return add_problem(place.path, counted.error());
    }
    read_member(archive, **next, place, depth);
  }
}

void InputReader::read_member(ArchiveReader& archive, const ArchiveMember& member, const Place& place,
                              int depth) {
  if (!member.is_file) return;
  const std::string path = place.path + "/" + member.name;
  if (member.error) return add_problem(path, *member.error);
  PeekSource source(archive.data());
  const std::int64_t modified = member.modified != 0 ? member.modified : place.modified;
  descend(source, Place{path, modified, depth, true, false});
}

void InputReader::add_problem(const std::string& path, const base::Error& error) {
  if (++problem_count_ <= kMaxProblems) problems_.push_back({path, error});
}

}  // namespace

void read_input(const PlannedInput& input, const InputLimits& limits, const Visit& visit,
                const std::function<void(std::uint64_t)>& consumed, std::vector<InputProblem>& problems) {
  InputReader(input, limits, visit, problems).read(consumed);
}

}  // namespace vedette::ingest
