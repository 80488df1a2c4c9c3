<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Symfony\Component\HttpFoundation\StreamedResponse;

/**
 * Rows as a file for spreadsheets, sent while they are read.
 *
 * @internal
 */
final class CsvFile {

  /**
   * Says to spreadsheets that the text is UTF-8.
   */
  private const string BOM = "\u{FEFF}";

  /**
   * The answer that sends the rows.
   *
   * @param string $name
   *   The name of the file: letters, digits, hyphens and underscores.
   * @param iterable<list<string|int|float|null>> $rows
   *   The rows; the first one has the names of the columns.
   */
  public static function response(string $name, iterable $rows): StreamedResponse {
    $send = static function () use ($rows): void {
      print self::BOM;
      foreach ($rows as $row) {
        print self::line($row);
      }
    };
    return new StreamedResponse($send, 200, [
      'Content-Type' => 'text/csv; charset=utf-8',
      'Content-Disposition' => "attachment; filename=\"$name.csv\"",
      'Cache-Control' => 'private, no-store',
      'X-Content-Type-Options' => 'nosniff',
    ]);
  }

  /**
   * One line, as in RFC 4180.
   *
   * @param list<string|int|float|null> $row
   *   The cells.
   */
  public static function line(array $row): string {
    return implode(',', array_map(self::cell(...), $row)) . "\r\n";
  }

  /**
   * One cell. A text that a spreadsheet would take for a formula is no formula.
   */
  private static function cell(string|int|float|null $value): string {
    if (!is_string($value)) {
      return (string) $value;
    }
    $text = preg_match('/^[\s\x{FEFF}]*[=+\-@]|^[\t\r\n]/u', $value) === 1 ? "'$value" : $value;
    return preg_match('/[",;\r\n\t\']/', $text) === 1 ? '"' . str_replace('"', '""', $text) . '"' : $text;
  }

}
