<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Batch;

use Drupal\background_agents\Batch\BatchItem;
use Drupal\background_agents\Batch\BatchMaker;
use Drupal\background_agents\Batch\Estimator;
use Drupal\background_agents\Batch\ItemQuery;
use Drupal\background_agents\Batch\RunAverage;
use Drupal\background_agents\Batch\Selection;
use Drupal\background_agents\Dispatch\DispatchCheck;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Form\PageKey;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Ui\EstimateText;
use Drupal\background_agents\Ui\InputForm;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Url;

/**
 * Shows what an agent would be run over, and for what cost; then starts it.
 *
 * Without an agent in the address, it asks for one.
 *
 * @internal
 */
final class BatchStartForm extends FormBase {

  use AutowireTrait;

  /**
   * Items that are listed; of the others, the number is told.
   */
  private const int LISTED = 50;

  public function __construct(
    private readonly Selection $selection,
    private readonly ChosenItems $chosen,
    private readonly ItemQuery $query,
    private readonly Estimator $estimator,
    private readonly EstimateText $estimateText,
    private readonly InputForm $inputForm,
    private readonly DispatchCheck $check,
    private readonly BatchMaker $maker,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_batch_start';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state): array {
    $form['#attached']['library'][] = 'background_agents/batch';
    $form['#cache']['max-age'] = 0;
    $selection = $this->selection->get();
    if ($selection === NULL || $selection['items'] === []) {
      $form['none'] = [
        '#markup' => '<p>' . ($selection === NULL || $selection['count'] === 0
        ? $this->t('No content is chosen. Choose some in the <a href=":content">list of content</a>, and the action "Run agent…".', [':content' => Url::fromRoute('system.admin_content')->toString()])
        : $this->t('You have chosen @count items; an agent is run over @most at a time. Choose fewer, or use the tab "Run over content" of the agent, which takes a part.', [
          '@count' => number_format($selection['count']),
          '@most' => number_format(BatchMaker::MOST),
        ])) . '</p>',
      ];
      return $form;
    }
    $agents = $this->chosen->agents($selection['entity_type'], $this->currentUser());
    $named = $this->getRequest()->query->all()['agent'] ?? NULL;
    $agent = is_string($named) ? ($agents[$named] ?? NULL) : (count($agents) === 1 ? reset($agents) : NULL);
    return $agent instanceof Agent ? $this->confirmation($form, $form_state, $agent, $selection) : $form + ['agents' => $this->chosen->links($agents, count($selection['items']))];
  }

  /**
   * What will be done, and the button.
   */
  private function confirmation(array $form, FormStateInterface $form_state, Agent $agent, array $selection): array {
    $items = $this->query->find($this->chosen->filter($agent, $selection), $this->currentUser(), BatchMaker::MOST);
    $average = $this->estimator->of((string) $agent->id());
    $form_state->set('agent', $agent->id());
    $form['intro'] = [
      '#markup' => '<p>' . $this->formatPlural(count($items), '%agent will be run over 1 item, and leaves its drafts for people to decide.', '%agent will be run over @count items: one run for each, let in bit by bit. It leaves its drafts for people to decide.', ['%agent' => $agent->label()]) . '</p>',
    ];
    $form['left_out'] = $this->chosen->leftOut($agent, $selection, $items);
    $form['estimate'] = $this->estimate($agent, $average, count($items));
    $form['items'] = $this->listed($items);
    $form['input'] = ['#type' => 'container', '#tree' => TRUE] + $this->inputForm->elements($agent->getInputSchema());
    $form['key'] = PageKey::element();
    // Not #value: what was there when the page was made counts.
    $form['shown'] = ['#type' => 'hidden', '#default_value' => self::hash($items)];
    $form['actions'] = [
      '#type' => 'actions',
      'submit' => [
        '#type' => 'submit',
        '#value' => $this->formatPlural(max(1, count($items)), 'Start 1 run', 'Start @count runs'),
        '#button_type' => 'primary',
        '#disabled' => $items === [],
      ],
    ];
    return $form;
  }

  private function estimate(Agent $agent, ?RunAverage $average, int $count): array {
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-estimate']],
      'title' => ['#markup' => '<h2>' . $this->t('Estimate') . '</h2>'],
      'sentences' => array_map(static fn ($sentence): array => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        'text' => ['#plain_text' => (string) $sentence],
      ], $this->estimateText->sentences($agent, $average, $count)),
    ];
  }

  /**
   * Some of the items, by name.
   *
   * @param \Drupal\background_agents\Batch\BatchItem[] $items
   *   All of them.
   */
  private function listed(array $items): array {
    $more = count($items) - self::LISTED;
    return [
      '#type' => 'details',
      '#title' => $this->formatPlural(count($items), '1 item', '@count items'),
      '#open' => count($items) <= 10,
      'list' => [
        '#theme' => 'item_list',
        '#items' => array_map(static fn (BatchItem $item): array => ['#plain_text' => $item->label === '' ? $item->id : $item->label], array_slice($items, 0, self::LISTED)),
      ],
      'more' => $more > 0 ? ['#markup' => '<p>' . $this->formatPlural($more, 'And 1 more.', 'And @count more.') . '</p>'] : [],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    $agent = Agent::load((string) $form_state->get('agent'));
    $selection = $this->selection->get();
    if ($agent === NULL || $selection === NULL || !isset($form['input'])) {
      $form_state->setErrorByName('', $this->t('The agent is gone, or no content is chosen any more.'));
      return;
    }
    $items = $this->query->find($this->chosen->filter($agent, $selection), $this->currentUser(), BatchMaker::MOST);
    if ($items === [] || self::hash($items) !== $form_state->getValue('shown')) {
      $form_state->setErrorByName('', $this->t('It is not the same content any more: it was chosen anew, or has changed. Open this page again.'));
      return;
    }
    $input = $this->inputForm->read($agent->getInputSchema(), (array) $form_state->getValue('input'), $form['input'], $form_state);
    $form_state->set('input', $input);
    $form_state->set('items', $items);
    if (!$form_state->hasAnyErrors()) {
      $this->validateRequest(new DispatchRequest((string) $agent->id(), 'manual', $input, requester: (int) $this->currentUser()->id(), batch: 0), $form_state);
    }
  }

  /**
   * Asks what would refuse each of the runs.
   */
  private function validateRequest(DispatchRequest $request, FormStateInterface $form_state): void {
    try {
      $this->check->beforeTheRun($request, $this->check->atTheDoor($request));
    }
    catch (ProblemException $refused) {
      // A full queue is waited for.
      if ($refused->problem->code !== 'queue_full') {
        $form_state->setErrorByName('', $this->t('@text', ['@text' => $refused->problem->detail ?: $refused->problem->title]));
      }
    }
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $agent = Agent::load((string) $form_state->get('agent'));
    assert($agent instanceof Agent);
    $items = $form_state->get('items');
    $average = $this->estimator->of((string) $agent->id());
    $estimate = $average === NULL || $average->cost <= 0 ? NULL : (int) ($average->cost * count($items));
    $batch = $this->maker->make($agent, (int) $this->currentUser()->id(), $items, $form_state->get('input'), $estimate, PageKey::of($form_state));
    $this->messenger()->addStatus($this->formatPlural($batch->items, '1 run begins.', '@count runs begin, bit by bit. You may leave this page: it goes on.'));
    // The page that the selection was made on is no place to come back to.
    $this->getRequest()->query->remove('destination');
    $form_state->setRedirect('background_agents.batch', ['batch' => $batch->id]);
  }

  /**
   * Names what was shown.
   *
   * @param \Drupal\background_agents\Batch\BatchItem[] $items
   *   The items.
   */
  private static function hash(array $items): string {
    return hash('sha256', implode("\n", array_map(static fn (BatchItem $item): string => $item->key(), $items)));
  }

}
