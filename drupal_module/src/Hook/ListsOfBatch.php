<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Review\DraftListPage;
use Drupal\background_agents\Run\RunListPage;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;
use Drupal\views\Plugin\views\query\Sql;
use Drupal\views\ViewExecutable;
use Symfony\Component\HttpFoundation\RequestStack;

/**
 * Shows the drafts or the runs of one batch alone, where its page leads there.
 *
 * @internal
 */
final class ListsOfBatch {

  use StringTranslationTrait;

  /**
   * What the rows of a view have to be, by the id of the view.
   */
  private const array CONDITIONS = [
    DraftListPage::VIEW => '[background_agents_change].[run] IN (SELECT [of_batch].[id] FROM {background_agents_run} [of_batch] WHERE [of_batch].[batch] = :background_agents_batch)',
    RunListPage::VIEW => '[background_agents_run].[batch] = :background_agents_batch',
  ];

  public function __construct(
    private readonly RequestStack $requests,
  ) {}

  /**
   * Implements hook_views_query_alter().
   */
  #[Hook('views_query_alter')]
  public function restrict(ViewExecutable $view, object $query): void {
    $batch = $this->batch($view);
    if ($batch !== NULL && $query instanceof Sql) {
      $query->addWhereExpression(0, self::CONDITIONS[$view->id()], [':background_agents_batch' => $batch]);
    }
  }

  /**
   * Implements hook_views_pre_render().
   */
  #[Hook('views_pre_render')]
  public function say(ViewExecutable $view): void {
    $batch = $this->batch($view);
    if ($batch !== NULL) {
      $view->attachment_before[] = [
        '#markup' => '<p>' . $this->t('Only those of <a href=":batch">batch @number</a>. <a href=":all">Show all</a>', [
          '@number' => $batch,
          ':batch' => Url::fromRoute('background_agents.batch', ['batch' => $batch])->toString(),
          ':all' => Url::fromRoute('<current>')->toString(),
        ]) . '</p>',
      ];
    }
  }

  /**
   * The batch that the address of a list names; NULL: none.
   */
  private function batch(ViewExecutable $view): ?int {
    $batch = isset(self::CONDITIONS[$view->id()]) ? ($this->requests->getCurrentRequest()?->query->all()['batch'] ?? NULL) : NULL;
    return is_string($batch) && preg_match('/^[0-9]{1,9}$/D', $batch) === 1 ? (int) $batch : NULL;
  }

}
