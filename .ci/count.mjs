// Prints what failed in each suite's report, then how many tests each suite has, then the sum of all.
import fs from 'node:fs';

const [reports, ...suites] = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
const counts = suites.map((suite) => {
  const report = read(`${reports}/${suite}.json`);
  const failures = report.testResults.flatMap(failuresOf);
  for (const failure of failures) console.log(`FAILED in ${suite}: ${failure}`);
  sum.passed += report.numPassedTests;
  sum.failed += failures.length;
  sum.skipped += report.numPendingTests;
  return `${suite}: ${report.numPassedTests} passed, ${failures.length} failed, ${report.numPendingTests} skipped of ${report.testResults.length} files`;
});
for (const line of counts) console.log(line);
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);

/** A report that is not there is one failure: the suite did not come to its end. */
function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    const broken = { name: file, status: 'failed', message: String(error), assertionResults: [] };
    return { numPassedTests: 0, numPendingTests: 0, testResults: [broken] };
  }
}

/** A file that cannot be loaded, or whose hooks fail, has no test that says so. */
function failuresOf(file) {
  const failed = file.assertionResults.filter((test) => test.status === 'failed');
  if (file.status === 'failed' && failed.length === 0) return [`${file.name}\n${file.message}`];
  return failed.map((test) => `${file.name}: ${test.fullName}\n${test.failureMessages.join('\n')}`);
}
