<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Run\RunCommands;
use Drupal\Core\StringTranslation\PluralTranslatableMarkup;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Cancels the runs of a selection, one each time.
 *
 * @internal
 */
final class CancelRunsBatch {

  /**
   * Batch operation: cancels one run.
   *
   * @param int $id
   *   Id of the run.
   * @param string $note
   *   Why.
   * @param array<string, mixed>|\ArrayAccess<string, mixed> $context
   *   Of the batch.
   */
  public static function cancel(int $id, string $note, array|\ArrayAccess &$context): void {
    $what = self::give($id, $note);
    $results = $context['results'];
    $results[$what] = ($results[$what] ?? 0) + 1;
    $context['results'] = $results;
  }

  /**
   * Gives the command: what came of it.
   */
  private static function give(int $id, string $note): string {
    $account = \Drupal::currentUser();
    $run = \Drupal::entityTypeManager()->getStorage('background_agents_run')->loadUnchanged($id);
    if (!$run instanceof Run || !$run->access('manage', $account)) {
      return 'refused';
    }
    if ($run->isFinal()) {
      return 'ended';
    }
    try {
      $run = \Drupal::service(RunCommands::class)->give($run, 'cancel', (int) $account->id(), $note === '' ? [] : ['note' => $note]);
    }
    catch (ProblemException) {
      // It has ended between the question and the command.
      return 'ended';
    }
    return $run->isFinal() ? 'cancelled' : 'told';
  }

  /**
   * Batch callback: says what was done, and what was not.
   *
   * @param bool $success
   *   Whether it came to its end.
   * @param array<string, int> $results
   *   How many were cancelled, told to stop, had ended, and were refused.
   * @param array<int, mixed> $operations
   *   What was not done any more.
   */
  public static function finished(bool $success, array $results, array $operations): void {
    $messenger = \Drupal::messenger();
    if (($results['cancelled'] ?? 0) > 0) {
      $messenger->addStatus(new PluralTranslatableMarkup($results['cancelled'], '1 run is cancelled.', '@count runs are cancelled.'));
    }
    if (($results['told'] ?? 0) > 0) {
      $messenger->addStatus(new PluralTranslatableMarkup($results['told'], '1 run was told to stop.', '@count runs were told to stop.'));
    }
    if (($results['ended'] ?? 0) > 0) {
      $messenger->addWarning(new PluralTranslatableMarkup($results['ended'], '1 run had ended meanwhile.', '@count runs had ended meanwhile.'));
    }
    if (($results['refused'] ?? 0) > 0) {
      $messenger->addWarning(new PluralTranslatableMarkup($results['refused'], '1 run is not there any more, or not yours to cancel.', '@count runs are not there any more, or not yours to cancel.'));
    }
    if (!$success) {
      $messenger->addError(new TranslatableMarkup('It broke off before its end. @count runs were not reached, and go on.', ['@count' => count($operations)]));
    }
  }

}
