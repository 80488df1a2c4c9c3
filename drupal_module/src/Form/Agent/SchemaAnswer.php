<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\Core\Ajax\AjaxResponse;
use Drupal\Core\Ajax\AnnounceCommand;
use Drupal\Core\Ajax\FocusFirstCommand;
use Drupal\Core\Ajax\InvokeCommand;
use Drupal\Core\Ajax\ReplaceCommand;
use Drupal\Core\Render\Element;

/**
 * The answer to a script that changes the table of fields.
 *
 * @internal
 */
final class SchemaAnswer {

  /**
   * The part as it is now, and the focus where one goes on.
   *
   * @param string $key
   *   The part: input or output.
   * @param string $action
   *   The action: add, remove or switch.
   * @param int|null $row
   *   The row that was removed.
   * @param array<string, mixed> $part
   *   The part of the form.
   * @param string $note
   *   What has to be said; may be empty.
   */
  public static function of(string $key, string $action, ?int $row, array $part, string $note): AjaxResponse {
    $id = "ba-schema-$key";
    $response = new AjaxResponse();
    $response->addCommand(new ReplaceCommand("#$id", $part['panel']));
    $table = $part['panel']['rows'] ?? [];
    $rows = array_map(intval(...), Element::children($table));
    if ($action === 'switch') {
      // The radio that has the focus stays; it says what is shown.
      $shown = $part['panel']['shown']['#value'];
      $response->addCommand(new InvokeCommand("input[name=\"definition[$key][mode]\"][value=\"$shown\"]", 'prop', [
        'checked',
        TRUE,
      ]));
    }
    elseif ($rows !== []) {
      $before = array_filter($rows, static fn (int $there): bool => $there < $row);
      $target = $action === 'add' ? max($rows) : ($before === [] ? min($rows) : max($before));
      $response->addCommand(new FocusFirstCommand('#' . SchemaTable::rowId($key, $target)));
    }
    else {
      $response->addCommand(new FocusFirstCommand("#$id"));
    }
    if ($note !== '') {
      $response->addCommand(new AnnounceCommand($note));
    }
    return $response;
  }

}
