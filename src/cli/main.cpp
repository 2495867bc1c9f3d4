#include <string>
#include <vector>

#include "vedette/cli/cli.hpp"

int main(int argc, char** argv) {
  return vedette::cli::run(std::vector<std::string>(argv + 1, argv + argc));
}
