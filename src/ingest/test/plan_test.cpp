#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temporary_folder.hpp"
#include "vedette/ingest/inputs.hpp"

namespace vedette::ingest {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class PlanTest : public test::TemporaryFolder {
 protected:
  std::vector<std::string> plan(const std::vector<std::string>& paths) {
    problems_.clear();
    std::vector<std::string> names;
    for (const PlannedInput& input : plan_inputs(paths, limits_, problems_)) names.push_back(input.path);
    return names;
  }
  std::vector<std::string> problem_paths() const {
    std::vector<std::string> paths;
    for (const InputProblem& problem : problems_) paths.push_back(problem.path);
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  InputLimits limits_;
  std::vector<InputProblem> problems_;
};

TEST_F(PlanTest, SortsWithinEachArgument) {
  put("b/2.log", "12345");
  put("b/1.log");
  put("b/1/x.log");
  put("a.log");
  EXPECT_THAT(plan({at("b"), at("a.log"), "-"}),
              ElementsAre(at("b/1.log"), at("b/1/x.log"), at("b/2.log"), at("a.log"), "-"));
  EXPECT_THAT(problems_, IsEmpty());
  const std::vector<PlannedInput> inputs = plan_inputs({at("b/2.log")}, limits_, problems_);
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].bytes, 5u);
  EXPECT_GT(inputs[0].modified, 1'600'000'000);
}

TEST_F(PlanTest, PlansAFileOnce) {
  put("d/real.log");
  fs::create_symlink(at("d/real.log"), at("d/alias.log"));
  fs::create_hard_link(at("d/real.log"), at("d/same.log"));
  EXPECT_THAT(plan({at("d"), at("d"), at("d/alias.log"), folder_ + "/./d/real.log", "-", "-"}),
              ElementsAre(at("d/real.log"), "-"));
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(PlanTest, FollowsLinksToFoldersOnlyWhenNamed) {
  put("real/x.log");
  put("d/y.log");
  fs::create_directory_symlink(at("real"), at("d/link"));
  fs::create_directory_symlink(at("d"), at("d/cycle"));
  EXPECT_THAT(plan({at("d")}), ElementsAre(at("d/y.log")));
  EXPECT_THAT(plan({at("d/link")}), ElementsAre(at("d/link/x.log")));
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(PlanTest, ReportsWhatIsNoFile) {
  put("d/x.log");
  ASSERT_EQ(::mkfifo(at("d/pipe").c_str(), 0600), 0);
  fs::create_symlink(at("nowhere"), at("d/dangling"));
  fs::create_symlink(at("d/loop2"), at("d/loop1"));
  fs::create_symlink(at("d/loop1"), at("d/loop2"));
  EXPECT_THAT(plan({at("d"), "/dev/zero", at("none")}), ElementsAre(at("d/x.log")));
  EXPECT_THAT(problem_paths(), ElementsAre("/dev/zero", at("d/dangling"), at("d/loop1"), at("d/loop2"),
                                           at("d/pipe"), at("none")));
  for (const InputProblem& problem : problems_) {
    if (problem.path == at("none")) {
      EXPECT_EQ(problem.error.code, base::ErrorCode::not_found);
      EXPECT_EQ(problem.error.message, "cannot open: No such file or directory");
    }
    if (problem.path == at("d/pipe")) {
      EXPECT_EQ(problem.error.code, base::ErrorCode::invalid_argument);
    }
  }
}

TEST_F(PlanTest, ReportsWhatMayNotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  put("d/x.log");
  put("e/y.log");
  ASSERT_EQ(::chmod(at("d/x.log").c_str(), 0), 0);
  ASSERT_EQ(::chmod(at("e").c_str(), 0), 0);
  EXPECT_THAT(plan({folder_}), IsEmpty());
  EXPECT_THAT(problem_paths(), ElementsAre(at("d/x.log"), at("e")));
  EXPECT_EQ(problems_[0].error.message, "cannot open: Permission denied");
  ASSERT_EQ(::chmod(at("e").c_str(), 0700), 0);
}

TEST_F(PlanTest, BoundsTheDepthOfFolders) {
  limits_.max_path_depth = 2;
  put("1/2/x.log");
  put("1/2/3/y.log");
  EXPECT_THAT(plan({folder_}), ElementsAre(at("1/2/x.log")));
  EXPECT_THAT(problem_paths(), ElementsAre(at("1/2/3")));
  EXPECT_EQ(problems_[0].error.code, base::ErrorCode::limit);
}

}  // namespace
}  // namespace vedette::ingest
