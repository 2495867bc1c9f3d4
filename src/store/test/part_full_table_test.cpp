// A part with field names that the process which opens it has no room for.
#include <filesystem>
#include <functional>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "part.hpp"
#include "search.hpp"

namespace vedette::store {
namespace {

using model::Value;

std::shared_ptr<const model::EventBatch> events() {
  model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{"test"}));
  for (std::uint64_t n = 1; n <= 20; ++n) {
    builder.begin_row(n);
    builder.set_time(static_cast<base::TimeNs>(n));
    builder.set_sequence(n);
    builder.add_copy(model::intern("full.table.a"), "value" + std::to_string(n));
    if (n % 2) builder.add(model::intern("full.table.b"), Value::integer(static_cast<std::int64_t>(n)));
    builder.add_copy(model::field::overflow, "c=own");
    builder.end_row();
  }
  return builder.finish();
}

// Runs in a process of its own, so that the names it interns are its own.
bool in_child(const std::function<bool()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool write_part(const std::string& path) {
  PartWriter writer({.block_rows = 8});
  const auto batch = events();
  for (std::uint32_t row = 0; row < batch->size(); ++row) writer.add(batch, row);
  return writer.finish(base::posix_file_system(), path).ok();
}

std::uint64_t count(const std::shared_ptr<const PartReader>& part, model::MatchOp op,
                    const std::string& field, const std::string& text) {
  model::SearchRequest request;
  request.limit = 0;
  request.filter.kind = model::Predicate::Kind::test;
  request.filter.test.field = field;
  request.filter.test.op = op;
  request.filter.test.text = text;
  const auto result = search_segments({part}, request, nullptr, {});
  return result.ok() ? result->total : 999;
}

bool read_with_a_full_table(const std::string& path) {
  for (std::size_t i = 0; model::intern("fill." + std::to_string(i)) != model::field::overflow;) ++i;
  const auto part = PartReader::open(base::posix_file_system(), path);
  if (!part.ok()) return false;
  if (count(*part, model::MatchOp::equals, "vedette.overflow", "full.table.a=value7") != 1) return false;
  if (count(*part, model::MatchOp::equals, "", "full.table.b=9") != 1) return false;
  if (count(*part, model::MatchOp::equals, "vedette.overflow", "c=own") != 20) return false;
  std::size_t rows = 0;
  for (std::size_t block = 0; block < (*part)->blocks().size(); ++block) {
    auto opened = (*part)->open_block(block);
    if (!opened.ok()) return false;
    const auto batch = rows_of(**opened);
    if (!batch.ok()) return false;
    for (std::size_t row = 0; row < (*batch)->size(); ++row, ++rows) {
      const Value* value = (**batch)[row].find(model::field::overflow);
      const std::size_t expected = 2 + (**batch)[row].sequence() % 2;
      if (!value || value->elements().size() != expected) return false;
    }
  }
  return rows == 20;
}

TEST(PartFullTable, KeepsTheValuesUnderTheFieldForWhatHasNoName) {
  std::string folder = (std::filesystem::temp_directory_path() / "vedette-full-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/a.vpart";
  EXPECT_TRUE(in_child([&] { return write_part(path); }));
  EXPECT_TRUE(in_child([&] { return read_with_a_full_table(path); }));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace vedette::store
