// What every RecordStore does: instantiate RecordStoreSuite with a back end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_folder.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::test {

struct RecordBackEnd {
  std::string name;
  // Opens the store of `place`, a folder of its own for every test; empty when it comes first.
  std::function<base::Result<std::unique_ptr<ports::RecordStore>>(
      const std::string& place, const std::vector<ports::CollectionSchema>& collections)>
      open;
};

// "things" with the columns size (integer), weight (real), colour (text), note (text, not indexed), and
// "others" without columns.
std::vector<ports::CollectionSchema> suite_collections();

ports::RecordWrite put_thing(std::string id, ports::Columns columns,
                             std::uint64_t expected = ports::RecordWrite::kAnyVersion);
ports::RecordWrite remove_thing(std::string id, std::uint64_t expected = ports::RecordWrite::kAnyVersion);
ports::ColumnTest column_test(std::string column, ports::ColumnTest::Op op,
                              std::vector<ports::ColumnValue> values);
ports::RecordQuery things_query(std::vector<ports::ColumnTest> tests = {});

class RecordStoreSuite : public ::testing::TestWithParam<RecordBackEnd> {
 protected:
  void SetUp() override;
  // Closes the store and opens it again.
  void reopen(const std::vector<ports::CollectionSchema>& collections = suite_collections());

  void apply(const std::vector<ports::RecordWrite>& writes);  // must succeed
  // The ids of all pages of at most `limit` records.
  std::vector<std::string> ids(ports::RecordQuery query, std::uint32_t limit = 100);
  std::vector<ports::StoredRecord> all_pages(ports::RecordQuery query, std::uint32_t limit);
  base::ErrorCode find_error(const ports::RecordQuery& query);

  TempFolder folder_;
  std::unique_ptr<ports::RecordStore> store_;
};

}  // namespace vedette::test
