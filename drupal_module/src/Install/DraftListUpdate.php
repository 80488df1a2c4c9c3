<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Diff\StoredDifferences;
use Drupal\background_agents\Review\DraftListPage;
use Drupal\Component\Serialization\Yaml;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\views\ViewEntityInterface;

/**
 * Brings the list of drafts of an older release to this one.
 *
 * @internal
 */
final class DraftListUpdate {

  /**
   * Prints of the view as releases before this one have shipped it.
   */
  private const array SHIPPED = ['f4ae68833a91a05e3133aaabd12e09d0714b35bc08cecaade0a138209db90ece'];

  private const int AT_ONCE = 100;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly StoredDifferences $differences,
    private readonly Connection $database,
  ) {}

  /**
   * Puts this release's view in the place of a former one that nobody changed.
   *
   * @param string $file
   *   The view as it is shipped.
   *
   * @return bool
   *   FALSE: somebody changed it, and it was left as it is.
   */
  public function view(string $file): bool {
    $view = $this->entityTypeManager->hasDefinition('view') ? $this->entityTypeManager->getStorage('view')->load(DraftListPage::VIEW) : NULL;
    if (!$view instanceof ViewEntityInterface) {
      return TRUE;
    }
    $given = Yaml::decode((string) file_get_contents($file));
    $print = self::print($view->toArray());
    if ($print === self::print($given)) {
      return TRUE;
    }
    if (!in_array($print, self::SHIPPED, TRUE)) {
      return FALSE;
    }
    $view->set('display', $given['display'])->set('description', $given['description'])->save();
    return TRUE;
  }

  /**
   * Says in a few words what older drafts change, some at a time.
   *
   * @param array<string, mixed> $sandbox
   *   Of a post-update.
   */
  public function differences(array &$sandbox): void {
    $storage = $this->entityTypeManager->getStorage('background_agents_change');
    $ids = $storage->getQuery()
      ->accessCheck(FALSE)
      ->condition('id', $sandbox['last'] ?? 0, '>')
      ->notExists('differences')
      ->exists('own_values')
      ->sort('id')
      ->range(0, self::AT_ONCE)
      ->execute();
    foreach ($storage->loadMultiple($ids) as $change) {
      assert($change instanceof Change);
      $values = $change->getOwnValues() ?? ['before' => [], 'after' => []];
      $isNewTranslation = $change->getBaseRevisionId() !== NULL && array_filter($values['before']) === [] && count($values['after']) > 1;
      $json = $this->differences->json($change->getTargetEntityTypeId(), $change->getTargetBundle(), $isNewTranslation, $values['before'], $values['after']);
      // Not saved as entities: nothing happened that anybody should hear of.
      $this->database->update('background_agents_change')->fields(['differences' => $json])->condition('id', $change->id())->execute();
    }
    $sandbox['last'] = $ids === [] ? 0 : max($ids);
    $sandbox['#finished'] = count($ids) < self::AT_ONCE ? 1 : 0;
    $storage->resetCache($ids);
  }

  /**
   * A print of what a person would notice of a view.
   *
   * @param array<string, mixed> $view
   *   The view's configuration.
   */
  public static function print(array $view): string {
    $displays = array_map(self::display(...), $view['display']);
    $seen = ['display' => $displays, 'status' => $view['status'], 'base_table' => $view['base_table']];
    return hash('sha256', json_encode(self::sorted($seen), JSON_THROW_ON_ERROR));
  }

  /**
   * A display without what core writes into it by itself.
   */
  private static function display(array $display): array {
    unset($display['cache_metadata']);
    if (($display['display_options']['style']['options']['class'] ?? NULL) === '') {
      unset($display['display_options']['style']['options']['class']);
    }
    return $display;
  }

  private static function sorted(array $values): array {
    if (!array_is_list($values)) {
      ksort($values);
    }
    return array_map(static fn (mixed $value): mixed => is_array($value) ? self::sorted($value) : $value, $values);
  }

}
