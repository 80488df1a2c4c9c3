<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Undo\RunUndo;
use Drupal\Core\StringTranslation\PluralTranslatableMarkup;

/**
 * The steps of the batch that undoes a run: one item each.
 *
 * Each step judges anew what is to be done, so that a batch that broke off is
 * gone on with by undoing the run again.
 *
 * @internal
 */
final class RunUndoBatch {

  /**
   * Undoes one item.
   *
   * @param int $run
   *   Id of the run.
   * @param string $key
   *   Entity type, id and language.
   * @param string $digest
   *   Of what the person was shown.
   * @param string $note
   *   Why, as the person said.
   * @param array<string, mixed> $context
   *   The context of the batch.
   */
  public static function item(int $run, string $key, string $digest, string $note, array &$context): void {
    $context['results'] += ['run' => $run, 'changes' => [], 'items' => 0, 'untouched' => []];
    $entity = Run::load($run);
    if ($entity === NULL) {
      return;
    }
    try {
      $done = \Drupal::service(RunUndo::class)->undoItem($entity, $key, $digest, $note);
    }
    catch (ReviewRefused $refused) {
      $context['results']['untouched'][] = (string) $refused->sentence;
      return;
    }
    $context['message'] = $done->sentence;
    if ($done->isDone) {
      $context['results']['items']++;
      array_push($context['results']['changes'], ...$done->changes);
    }
    else {
      $context['results']['untouched'][] = (string) $done->sentence;
    }
  }

  /**
   * Tells the person, and those who listen, what was done.
   *
   * @param bool $success
   *   Whether all steps were taken.
   * @param array<string, mixed> $results
   *   What the steps noted.
   */
  public static function finish(bool $success, array $results): void {
    $run = isset($results['run']) ? Run::load($results['run']) : NULL;
    $messenger = \Drupal::messenger();
    if ($run !== NULL && $results['items'] > 0) {
      \Drupal::service(RunUndo::class)->finish($run, $results['changes']);
      $messenger->addStatus(new PluralTranslatableMarkup($results['items'], 'The run was undone in 1 item.', 'The run was undone in @count items.'));
    }
    foreach (array_unique($results['untouched'] ?? []) as $sentence) {
      $messenger->addWarning($sentence);
    }
    if (!$success) {
      $messenger->addError(t('Undoing the run broke off. What was done is done; undo the run again to go on.'));
    }
  }

}
