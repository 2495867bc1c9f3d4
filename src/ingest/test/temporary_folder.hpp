// A folder that lives as long as a test.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "vedette/ingest/inputs.hpp"

namespace vedette::ingest {

inline void PrintTo(const InputProblem& problem, std::ostream* out) {
  *out << problem.path << ": " << problem.error.message;
}

}  // namespace vedette::ingest

namespace vedette::ingest::test {

class TemporaryFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "vedette-ingest-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  std::string put(const std::string& name, const std::string& bytes = "") const {
    std::filesystem::create_directories(std::filesystem::path(at(name)).parent_path());
    std::ofstream(at(name), std::ios::binary) << bytes;
    return at(name);
  }

  std::string folder_;
};

}  // namespace vedette::ingest::test
