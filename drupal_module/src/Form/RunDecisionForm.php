<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Run\RunCommands;
use Drupal\background_agents\Timeline\Value;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Answers the question that a run waits for.
 *
 * @internal
 */
final class RunDecisionForm extends FormBase {

  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  public const string ID = 'background_agents_run_decision';

  public function __construct(
    private readonly RunCommands $commands,
    private readonly EventStore $events,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self($container->get(RunCommands::class), $container->get(EventStore::class));
  }

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return self::ID;
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?Run $run = NULL): array {
    assert($run instanceof Run);
    $question = $this->events->newest((int) $run->id(), 'approval_requested');
    if ($question === NULL || !is_string($question->id ?? NULL)) {
      return [];
    }
    $form_state->set('run', $run->id());
    $form_state->set('question', $question->id);
    $form['#action'] = $run->toUrl()->toString();
    $form['#attributes']['class'][] = 'ba-decision';
    // Not #value: what the person was asked is what counts.
    $form['asked'] = ['#type' => 'hidden', '#default_value' => $question->id];
    $form['heading'] = ['#type' => 'html_tag', '#tag' => 'h2', '#value' => $this->t('This run waits for a decision')];
    $form['question'] = [
      '#type' => 'html_tag',
      '#tag' => 'p',
      '#attributes' => ['class' => ['ba-item__text'], 'dir' => 'auto'],
      'text' => ['#plain_text' => Value::text($question->question ?? '')['text']],
    ];
    if (!Value::isEmpty($question->arguments ?? NULL)) {
      $form['arguments'] = [
        '#type' => 'details',
        '#title' => $this->t('What the agent wanted to do: @tool', ['@tool' => Value::text((string) ($question->tool ?? ''))['text']]),
        '#open' => TRUE,
        'text' => [
          '#type' => 'html_tag',
          '#tag' => 'pre',
          '#attributes' => ['class' => ['ba-code']],
          'text' => ['#plain_text' => Value::text($question->arguments)['text']],
        ],
      ];
    }
    return $form + $this->choices($question);
  }

  /**
   * The answers and the button.
   */
  private function choices(\stdClass $question): array {
    $texts = $this->texts((string) ($question->kind ?? ''));
    $choices = array_values(array_intersect((array) ($question->choices ?? []), array_keys($texts)));
    if ($choices === []) {
      $choices = ($question->kind ?? '') === 'in_doubt' ? ['done', 'again', 'give_up'] : ['approve', 'reject'];
    }
    $options = $descriptions = [];
    foreach ($choices as $choice) {
      $options[$choice] = $texts[$choice][0];
      $descriptions[$choice] = ['#description' => $texts[$choice][1]];
    }
    return [
      'decision' => [
        '#type' => 'radios',
        '#title' => $this->t('Your decision'),
        '#options' => $options,
        '#required' => TRUE,
      ] + $descriptions,
      'note' => [
        '#type' => 'textfield',
        '#title' => $this->t('Note'),
        '#description' => $this->t('For the agent and for those who read the history.'),
        '#maxlength' => 1000,
      ],
      'actions' => [
        '#type' => 'actions',
        'submit' => ['#type' => 'submit', '#value' => $this->t('Decide'), '#button_type' => 'primary'],
      ],
    ];
  }

  /**
   * Labels and explanations of the answers.
   */
  private function texts(string $kind): array {
    $more = $kind === 'top_up';
    return [
      'done' => [$this->t('It was done'), $this->t('I have looked: it took effect. The run goes on behind it.')],
      'again' => [
        $this->t('Do it again'),
        $this->t('I have looked: it did not take effect, or a second time does no harm.'),
      ],
      'give_up' => [$this->t('Leave it'), $this->t('The run ends as failed and keeps what it has done.')],
      'approve' => [
        $this->t('Approve'),
        $more ? $this->t('The run goes on, and may use as much again.') : $this->t('The agent may do this.'),
      ],
      'reject' => [
        $this->t('Reject'),
        $more ? $this->t('The run ends as failed and keeps what it has done.') : $this->t('The agent is told no, with your note.'),
      ],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    $asked = $form_state->getUserInput()['asked'] ?? '';
    if ($asked !== $form_state->get('question')) {
      $form_state->setErrorByName('decision', $this->t('The run asks something else by now. Your decision was not handed on: read the question again.'));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $run = Run::load($form_state->get('run'));
    // The right may have been lost since the page was shown.
    if ($run === NULL || !$run->access('manage')) {
      $this->messenger()->addError($this->t('You may not manage this run.'));
      return;
    }
    $note = trim((string) $form_state->getValue('note'));
    try {
      $this->commands->give($run, 'decide', (int) $this->currentUser()->id(), [
        'id' => $form_state->get('question'),
        'decision' => $form_state->getValue('decision'),
      ] + ($note === '' ? [] : ['note' => $note]));
      $this->messenger()->addStatus($this->t('Your decision was handed on. The run goes on in a moment.'));
    }
    catch (ProblemException $exception) {
      $this->messenger()->addError($this->t('@text', ['@text' => $exception->getMessage()]));
    }
    $form_state->setRedirectUrl($run->toUrl());
  }

}
