# vedette_module(<name> [SOURCES ...] [DEPS ...] [PRIVATE_LIBS ...] [TESTS ...])
#
# Declares src/<name> as the static library vedette_<name> with its own include root, so that a header of a
# module that is not in DEPS cannot be included. SOURCES default to every *.cpp of the folder (and of its
# sub-folders except test/). TESTS default to test/*.cpp and become the executable <name>_test.
#
# Sources are compiled in groups (VEDETTE_UNITY): names in anonymous namespaces must differ within a module.
function(vedette_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_LIBS;TESTS;TEST_DEPS" ${ARGN})
  if(NOT ARG_SOURCES)
    file(GLOB_RECURSE ARG_SOURCES CONFIGURE_DEPENDS *.cpp)
    list(FILTER ARG_SOURCES EXCLUDE REGEX "/test/")
  endif()
  add_library(vedette_${name} STATIC ${ARG_SOURCES})
  target_include_directories(vedette_${name} PUBLIC include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(dep ${ARG_DEPS})
    target_link_libraries(vedette_${name} PUBLIC vedette_${dep})
  endforeach()
  target_link_libraries(vedette_${name} PRIVATE ${ARG_PRIVATE_LIBS})
  vedette_unity(vedette_${name})

  if(VEDETTE_BUILD_TESTS)
    if(NOT ARG_TESTS)
      file(GLOB ARG_TESTS CONFIGURE_DEPENDS test/*.cpp)
    endif()
    if(ARG_TESTS)
      vedette_test(${name}_test SOURCES ${ARG_TESTS} LIBS vedette_${name} ${ARG_TEST_DEPS})
      target_include_directories(${name}_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    endif()
  endif()
endfunction()

# A group of files shares the work of reading the headers: a clean build takes less than half the time.
function(vedette_unity target)
  if(VEDETTE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # A class may hold what is private to its file.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# vedette_test(<name> SOURCES ... LIBS ...): a GoogleTest executable; ctest sees it as one test.
function(vedette_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE -Wno-conversion)
  # Tests run for seconds and are compiled for minutes.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1> $<$<CONFIG:Release>:-g0>)
  vedette_unity(${name})
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "TZ=UTC" TIMEOUT 300)
endfunction()
