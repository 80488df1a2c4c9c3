<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Batch;

use Drupal\background_agents\Batch\Batch;
use Drupal\background_agents\Batch\BatchAccess;
use Drupal\background_agents\Batch\BatchCommands;
use Drupal\background_agents\Batch\BatchItem;
use Drupal\background_agents\Batch\BatchStore;
use Drupal\background_agents\Batch\ItemState;
use Drupal\background_agents\Batch\ItemStore;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Ui\BatchText;
use Drupal\background_agents\Ui\PageLinks;
use Drupal\background_agents\Ui\ReasonText;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Url;

/**
 * The items of a batch, some of which can be chosen and cancelled.
 *
 * @internal
 */
final class BatchItemsForm extends FormBase {

  use AutowireTrait;

  private const int PER_PAGE = 50;

  public function __construct(
    private readonly BatchStore $batches,
    private readonly ItemStore $items,
    private readonly BatchCommands $commands,
    private readonly BatchAccess $access,
    private readonly BatchText $text,
    private readonly ReasonText $reasons,
    private readonly PageLinks $pages,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_batch_items';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?Batch $batch = NULL): array {
    assert($batch instanceof Batch);
    $form['batch'] = ['#type' => 'value', '#value' => $batch->id];
    $isOpen = $this->getRequest()->query->get('items') === 'open';
    $found = $this->items->page($batch->id, $isOpen, $this->pages->offset(self::PER_PAGE), self::PER_PAGE + 1);
    $shown = $this->pages->page($found, self::PER_PAGE);
    $mayManage = $this->access->manage($batch->id, $this->currentUser())->isAllowed();
    $form['title'] = ['#markup' => '<h2>' . $this->t('Items') . '</h2>'];
    $form['which'] = [
      '#type' => 'link',
      '#title' => $isOpen ? $this->t('Show all items') : $this->t('Show only what waits or is at work'),
      '#url' => Url::fromRoute('background_agents.batch', ['batch' => $batch->id], ['query' => $isOpen ? [] : ['items' => 'open']]),
    ];
    $form['list'] = [
      '#type' => 'container',
      '#attributes' => [
        'class' => ['ba-scroll'],
        'tabindex' => '0',
        'role' => 'region',
        'aria-label' => $this->t('Items'),
      ],
      'items' => [
        '#type' => 'tableselect',
        '#header' => ['item' => $this->t('Item'), 'state' => $this->t('State')],
        '#options' => $this->options($shown, $mayManage),
        '#js_select' => $mayManage,
        '#empty' => $this->t('No item waits or is at work.'),
      ],
    ];
    $form['pager'] = $this->pages->build();
    $form['actions'] = [
      '#type' => 'actions',
      '#access' => $mayManage && $batch->state->value !== 'done',
      'submit' => ['#type' => 'submit', '#value' => $this->t('Cancel the chosen items')],
    ];
    return $form;
  }

  /**
   * The rows: items that can be cancelled can be chosen.
   *
   * @param list<array{item: \Drupal\background_agents\Batch\BatchItem, run: ?int, state: ?string}> $shown
   *   The items, with number and state of their runs.
   * @param bool $mayManage
   *   Whether the person may cancel any.
   */
  private function options(array $shown, bool $mayManage): array {
    $options = [];
    $labels = $this->reasons->states();
    foreach ($shown as ['item' => $item, 'run' => $run, 'state' => $state]) {
      $isOpen = in_array($item->state, [ItemState::Waiting, ItemState::Again], TRUE) || in_array($state, RunState::open(), TRUE);
      $label = $item->label === '' ? $item->key() : $item->label;
      $text = $item->state === ItemState::Started && isset($labels[$state]) ? $labels[$state] : $this->text->item($item);
      $url = $run === NULL ? NULL : Url::fromRoute('entity.background_agents_run.canonical', ['background_agents_run' => $run]);
      $options[$item->key()] = [
        'title' => ['data' => ['#title' => $label]],
        'item' => ['data' => ['#plain_text' => $label]],
        'state' => [
          'data' => $url !== NULL && $this->maySeeRuns() ? [
            '#type' => 'link',
            '#title' => $this->t('@state<span class="visually-hidden">: the run for @item</span>', [
              '@state' => $text,
              '@item' => $label,
            ]),
            '#url' => $url,
          ] : ['#plain_text' => (string) $text],
        ],
        '#disabled' => !$isOpen || !$mayManage,
      ];
    }
    return $options;
  }

  /**
   * Whether links to runs lead anywhere: asked once, not for each run.
   */
  private function maySeeRuns(): bool {
    $account = $this->currentUser();
    return array_filter([
      'administer background agents',
      'view any background agent run',
      'view own background agent runs',
    ], $account->hasPermission(...)) !== [];
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    if (array_filter((array) $form_state->getValue('items')) === []) {
      $form_state->setErrorByName('items', $this->t('Choose the items that are to be cancelled.'));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $batch = $this->batches->load((int) $form_state->getValue('batch'));
    if ($batch === NULL || !$this->access->manage($batch->id, $this->currentUser())->isAllowed()) {
      return;
    }
    $chosen = [];
    foreach (array_filter((array) $form_state->getValue('items')) as $key) {
      [$type, $id, $langcode] = explode(':', (string) $key, 3);
      $chosen[] = new BatchItem($type, $id, $langcode, '');
    }
    $count = $this->commands->cancelItems($batch, (int) $this->currentUser()->id(), $chosen);
    $this->messenger()->addStatus($this->formatPlural($count, '1 item was cancelled.', '@count items were cancelled.'));
  }

}
