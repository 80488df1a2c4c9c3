<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Batch\Batch;
use Drupal\background_agents\Batch\BatchNumbers;
use Drupal\background_agents\Batch\BatchScope;
use Drupal\background_agents\Batch\BatchState;
use Drupal\background_agents\Batch\BatchStore;
use Drupal\background_agents\Form\Batch\BatchItemsForm;
use Drupal\background_agents\Ui\BatchPage;
use Drupal\background_agents\Ui\BatchText;
use Drupal\background_agents\Ui\CardTable;
use Drupal\background_agents\Ui\PageLinks;
use Drupal\background_agents\Ui\StopNotice;
use Drupal\Core\Controller\ControllerBase;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Render\RendererInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Symfony\Component\DependencyInjection\ContainerInterface;
use Symfony\Component\HttpFoundation\JsonResponse;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpKernel\Exception\NotFoundHttpException;

/**
 * The list of batches, and the page of one, which goes on by itself.
 *
 * @internal
 */
final class BatchController extends ControllerBase {

  private const int PER_PAGE = 25;

  public function __construct(
    private readonly BatchStore $batches,
    private readonly BatchNumbers $numbers,
    private readonly BatchPage $page,
    private readonly BatchText $text,
    private readonly PageLinks $pages,
    private readonly StopNotice $stopNotice,
    private readonly DateFormatterInterface $dates,
    private readonly RendererInterface $renderer,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self(
      $container->get(BatchStore::class),
      $container->get(BatchNumbers::class),
      $container->get(BatchPage::class),
      $container->get(BatchText::class),
      $container->get(PageLinks::class),
      $container->get(StopNotice::class),
      $container->get('date.formatter'),
      $container->get('renderer'),
    );
  }

  /**
   * Batches, the newest first: one's own, or all for who sees all runs.
   */
  public function list(): array {
    $account = $this->currentUser();
    $seesAll = $account->hasPermission('administer background agents') || $account->hasPermission('view any background agent run');
    $found = $this->batches->page(new BatchScope($seesAll ? NULL : (int) $account->id()), $this->pages->offset(self::PER_PAGE), self::PER_PAGE + 1);
    $batches = $this->pages->page($found, self::PER_PAGE);
    $people = $this->entityTypeManager()->getStorage('user')->loadMultiple(array_filter(array_column($batches, 'uid')));
    $rows = [];
    foreach ($batches as $batch) {
      $rows[] = [
        ['data' => ['#type' => 'link', '#title' => $this->text->title($batch), '#url' => self::url($batch)]],
        $this->text->state($batch->state),
        $this->text->startedBy($batch, $people[$batch->uid] ?? NULL),
        $this->dates->format($batch->created, 'short'),
        $batch->finished === NULL ? '' : $this->dates->format($batch->finished, 'short'),
      ];
    }
    return [
      '#attached' => ['library' => ['background_agents/admin']],
      '#cache' => ['max-age' => 0],
      'table' => CardTable::of([
        '#type' => 'table',
        '#header' => [
          $this->t('Batch'),
          $this->t('State'),
          $this->t('Started by'),
          $this->t('Started'),
          $this->t('Ended'),
        ],
        '#rows' => $rows,
        '#empty' => $this->t('No agent was run over many items yet. Choose items in the list of content and the action "Run agent…", or open the tab "Run over content" of an agent.'),
      ], $this->t('Batches')),
      'pager' => $this->pages->build(),
    ];
  }

  /**
   * The title of the page of a batch.
   */
  public function title(int $batch): TranslatableMarkup {
    return $this->text->title($this->batch($batch));
  }

  /**
   * The page of a batch.
   */
  public function page(int $batch): array {
    $found = $this->batch($batch);
    $tally = $this->numbers->of($found);
    $settings = $found->state === BatchState::Done && $tally->open() === 0 ? [] : [
      'backgroundAgentsBatch' => [
        'url' => Url::fromRoute('background_agents.batch_live', ['batch' => $batch])->toString(),
        'version' => $this->page->version($found, $tally),
      ],
    ];
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-batch'], 'data-ba-batch' => ''],
      '#attached' => ['library' => ['background_agents/batch'], 'drupalSettings' => $settings],
      '#cache' => ['max-age' => 0],
      'stopped' => $this->stopNotice->warning() ?? [],
      'status' => $this->page->status($found, $tally),
      'items' => $this->formBuilder()->getForm(BatchItemsForm::class, $found),
    ];
  }

  /**
   * What is new: the status as HTML, when it has changed.
   */
  public function live(int $batch, Request $request): JsonResponse {
    $found = $this->batch($batch);
    $tally = $this->numbers->of($found);
    $version = $this->page->version($found, $tally);
    $build = $version === (string) $request->query->get('version', '') ? NULL : $this->page->status($found, $tally);
    return new JsonResponse([
      'live' => $found->state !== BatchState::Done || $tally->open() > 0,
      'version' => $version,
      'state' => $found->state->value,
      'tenth' => intdiv(10 * $tally->settled(), max(1, $tally->items)),
      'sentence' => $this->text->progress($tally),
      'html' => $build === NULL ? NULL : (string) $this->renderer->renderInIsolation($build),
    ], 200, ['Cache-Control' => 'no-store']);
  }

  private function batch(int $id): Batch {
    return $this->batches->load($id) ?? throw new NotFoundHttpException();
  }

  private static function url(Batch $batch): Url {
    return Url::fromRoute('background_agents.batch', ['batch' => $batch->id]);
  }

}
