// Every example of docs/search-language.md (fenced blocks marked "vedette") runs on the shipped sample attack
// and finds something; every command and function has one.
#include <filesystem>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "vedette/base/files.hpp"
#include "vedette/node/ingest.hpp"
#include "vedette/query/query.hpp"
#include "vedette/report/rows.hpp"

namespace vedette {
namespace {

namespace fs = std::filesystem;

struct Example {
  std::string query;
  std::size_t line = 0;
};

std::vector<Example> read_examples() {
  std::istringstream in(base::read_file("docs/search-language.md").value());
  std::vector<Example> examples;
  std::string line;
  bool inside = false;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (!inside && line == "```vedette") {
      inside = true;
      examples.push_back({"", number + 1});
    } else if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      examples.back().query += line + "\n";
    }
  }
  return examples;
}

class SearchDocs : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = (fs::temp_directory_path() / "vedette-docs-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    node::DataOptions options;
    options.folder = folder_ + "/data";
    data_ = std::move(node::DataFolder::open(options)).value();
    node::ScanOptions inputs;
    inputs.paths = {"content/samples/attack"};
    base::Status refused = base::ok_status();
    node::ingest(inputs, *data_, nullptr, {}, refused);
    ASSERT_TRUE(refused.ok());
    ASSERT_TRUE(data_->seal().ok());
  }
  static void TearDownTestSuite() {
    data_.reset();
    fs::remove_all(folder_);
  }

  static inline std::string folder_;
  static inline std::unique_ptr<node::DataFolder> data_;
};

TEST_F(SearchDocs, EveryExampleFindsSomething) {
  const auto examples = read_examples();
  ASSERT_GT(examples.size(), 20u);
  query::ParseOptions parsing;
  parsing.now = base::parse_iso8601("2026-11-03T12:00:00Z").value();
  const auto fields = data_->store().fields({});
  ASSERT_TRUE(fields.ok());
  for (const ports::FieldUse& field : *fields) parsing.known_fields.push_back(field.name);
  for (const Example& example : examples) {
    const query::Parsed parsed = query::parse(example.query, parsing);
    ASSERT_TRUE(parsed.query) << "docs/search-language.md:" << example.line << "\n"
                              << query::render(parsed.diagnostics.at(0), example.query);
    query::RunOptions options;
    options.read_lookup = [](const std::string& file) { return base::read_file("docs/examples/" + file); };
    std::size_t rows = 0;
    query::Output output;
    output.on_header = [](const query::Header&) {};
    output.on_rows = [&](const std::shared_ptr<const model::EventBatch>& batch) {
      rows += batch->size();
      return true;
    };
    const auto result = query::run(*parsed.query, data_->store(), options, output, {});
    ASSERT_TRUE(result.ok()) << "docs/search-language.md:" << example.line << ": " << result.error().message;
    EXPECT_GT(rows, 0u) << "docs/search-language.md:" << example.line << ": finds nothing:\n"
                        << example.query;
  }
}

struct FunctionExample {
  std::string function, expression, value;
};

// Rows "| `name(...)` | what | `expression` is `value` |".
std::vector<FunctionExample> read_function_examples() {
  std::istringstream in(base::read_file("docs/search-language.md").value());
  std::vector<FunctionExample> examples;
  std::string line;
  while (std::getline(in, line)) {
    const std::size_t is = line.find("` is `"), end = line.rfind("` |");
    if (!line.starts_with("| `") || is == std::string::npos || end == std::string::npos) continue;
    const std::size_t begin = line.rfind("| `", is) + 3;
    examples.push_back({line.substr(3, line.find('(') - 3), line.substr(begin, is - begin),
                        line.substr(is + 6, end - is - 6)});
  }
  return examples;
}

TEST_F(SearchDocs, EveryFunctionGivesTheValueThatStandsThere) {
  const auto examples = read_function_examples();
  ASSERT_GT(examples.size(), 60u);
  for (const FunctionExample& example : examples) {
    const std::string text = "| limit 1 | eval v = " + example.expression + " | keep v";
    const query::Parsed parsed = query::parse(text, {});
    ASSERT_TRUE(parsed.query) << query::render(parsed.diagnostics.at(0), text);
    std::string value;
    query::Output output;
    output.on_header = [](const query::Header&) {};
    output.on_rows = [&](const std::shared_ptr<const model::EventBatch>& batch) {
      value = report::cell_text((*batch)[0], "v");
      return true;
    };
    const auto result = query::run(*parsed.query, data_->store(), {}, output, {});
    ASSERT_TRUE(result.ok()) << text << ": " << result.error().message;
    EXPECT_EQ(value, example.value) << example.expression;
  }
}

TEST_F(SearchDocs, EveryCommandAndFunctionHasAnExample) {
  std::string all;
  for (const FunctionExample& example : read_function_examples()) all += example.expression + "\n";
  for (const Example& example : read_examples()) all += example.query + "\n";
  for (const query::Described& command : query::commands()) {
    EXPECT_NE(all.find("| " + std::string(command.name)), std::string::npos)
        << "no example of | " << command.name;
  }
  for (const query::Described& function : query::functions()) {
    EXPECT_NE(all.find(std::string(function.name) + "("), std::string::npos)
        << "no example of " << function.name << "()";
  }
}

}  // namespace
}  // namespace vedette
