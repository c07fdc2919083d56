# Saves failing schedules and makes a page of each with the command. Script mode:
#   cmake -DPROGRAM=FILE -DCOWEAVE=FILE -DDIRECTORY=DIR -DSOURCE=DIR -P make_pages.cmake
file(REMOVE_RECURSE "${DIRECTORY}")
execute_process(COMMAND "${PROGRAM}" "${DIRECTORY}" OUTPUT_VARIABLE files COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "\n$" "" files "${files}")
string(REPLACE "\n" ";" files "${files}")
foreach(file IN LISTS files)
  execute_process(COMMAND "${COWEAVE}" html --source "${SOURCE}" "${file}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
# A page of a part, which has to say what it leaves out.
execute_process(
  COMMAND "${COWEAVE}" html --source "${SOURCE}" --steps 500 --first 4001 -o
          "${DIRECTORY}/part.html" "${DIRECTORY}/Browser.long_run.json" COMMAND_ERROR_IS_FATAL ANY)
# And one that has only its picks.
file(WRITE "${DIRECTORY}/picks.json" "{\"format\": \"coweave-schedule\", \"version\": 1, \"picks\": [0, 1]}\n")
execute_process(COMMAND "${COWEAVE}" html "${DIRECTORY}/picks.json" COMMAND_ERROR_IS_FATAL ANY)
